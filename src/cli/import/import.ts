// From the files of clients to a config: all steps in order.
// In: files as bytes, and what is known of this machine. Out: a config, its
// variables, and what became of each server of each file.
// INVARIANT: no secret is in the result; only what `machine` offers is read.

import { type Checked, check } from '../../check/check.ts'
import { DEFAULTS } from '../../contract/defaults.ts'
import type { Diagnostic } from '../../contract/diagnostic.ts'
import { link } from '../../link/link.ts'
import { type ClientFile, readClientFile, type Unread } from './client-file.ts'
import { type ConfigText, type Starter, writeConfig } from './config-text.ts'
import { readDockerEntry } from './docker.ts'
import type { Draft } from './draft.ts'
import {
  type Dropped,
  drop,
  type Entry,
  makeEntry,
  type Origin,
} from './entry.ts'
import { type Listed, listServers, membersOf, type Section } from './forms.ts'
import { mergeDrafts } from './merge.ts'
import { nameEntry } from './names.ts'
import { readParts } from './placeholders.ts'
import { readEntry } from './read-entry.ts'
import { readRegistryEntry } from './registry.ts'
import { isDropped, turnEntry } from './turn.ts'
import { unwrap } from './unwrap.ts'
import { Variables } from './variables.ts'
import type { Shelves } from './versions.ts'

export interface GivenFile {
  /** As it is shown. */
  readonly name: string
  readonly bytes: Buffer
}

export interface Machine {
  readonly home: string | undefined
  readonly shelves: Shelves
  /** Names of the variables of an `envFile`; undefined if it is not here. */
  readonly readNames: (entry: Entry) => readonly string[] | undefined
}

/** A secret that the config reads from the environment. */
export interface Variable {
  readonly name: string
  readonly servers: readonly string[]
}

export interface Outcome {
  readonly origin: Origin
  /** As it is written in the file. */
  readonly name: string
  /** Key of the server in the config; absent if it was dropped. */
  readonly server?: string
}

export interface Imported extends ConfigText {
  readonly drafts: readonly Draft[]
  readonly outcomes: readonly Outcome[]
  readonly dropped: readonly Dropped[]
  readonly variables: readonly Variable[]
  readonly unread: readonly Unread[]
  /** What `gateway check` says of the config, without lints. */
  readonly findings: readonly Diagnostic[]
}

export async function importFiles(
  given: readonly GivenFile[],
  machine: Machine,
  starter: Starter = 'all',
): Promise<Imported> {
  const read = await Promise.all(
    given.map(({ name, bytes }) => readClientFile(name, bytes)),
  )
  const files = read.filter((one): one is ClientFile => 'value' in one)
  const failed = read.filter((one): one is Unread => !('value' in one))
  const found = files.map((file) => [file, listServers(file.value)] as const)
  const many = found.flatMap(([{ name }, section]) =>
    section && isMuch(section) ? [{ name, message: MUCH }] : [],
  )
  const unknown = found.flatMap(([{ name }, section]) =>
    section ? [] : [{ name, message: NO_SERVERS, help: FORMS }],
  )
  const entries = (many.length > 0 ? [] : found).flatMap(([file, section]) =>
    (section?.listed ?? []).map((one) =>
      readOne(file, one, section?.inputs ?? []),
    ),
  )
  const variables = new Variables()
  const turn = (some: readonly Entry[]) =>
    some
      .filter((entry) => !isDropped(entry))
      .map((entry) => {
        const name = nameEntry(entry, variables)
        return turnEntry({ ...machine, variables, name }, entry)
      })
  for (const entry of entries) reserveNames(entry, variables)
  // The first round finds every literal, the second replaces it everywhere.
  turn(entries)
  const shown = entries.map((entry) => hideSecrets(entry, variables))
  const turned = turn(shown)
  const { drafts, became } = mergeDrafts(
    turned.filter((draft) => !isDropped(draft)),
  )
  const config = writeConfig(drafts, variables, starter)
  const outcomes = shown.map(({ origin, name }): Outcome => {
    const server = became.get(origin)
    return {
      origin,
      name: variables.hide(name),
      ...(server !== undefined && { server }),
    }
  })
  const dropped = [
    ...[...shown.filter(isDropped), ...turned].flatMap(listDropped),
    ...files.flatMap(listTwice),
  ]
  return {
    ...config,
    drafts,
    outcomes,
    dropped,
    variables: listVariables(drafts),
    unread: [...failed, ...unknown, ...many],
    findings: checkAuthored(config.authored),
  }
}

/** Servers of one file, and characters of them; no client has as many. */
const MOST = 500
const MOST_TEXT = 2 ** 20

const MUCH = `its servers are more than ${MOST}, or larger than 1 MiB`

function isMuch({ listed }: Section): boolean {
  const sizes = listed.map(({ entry }) => sizeOf(entry))
  const sum = sizes.reduce((total, size) => total + size, 0)
  return listed.length > MOST || sum > MOST_TEXT
}

function sizeOf(entry: unknown): number {
  return (JSON.stringify(entry) ?? '').length
}

/** Of a server that is dropped, no key is worth a line. */
function listDropped({
  dropped,
}: {
  readonly dropped: readonly Dropped[]
}): readonly Dropped[] {
  const whole = dropped.filter(({ key }) => key === '')
  return whole.length > 0 ? whole.slice(0, 1) : dropped
}

const NO_SERVERS = 'no MCP server is in this file, in no form that is known'
const FORMS =
  'give the file that contains `mcpServers`, `servers`, `context_servers`, `mcp_servers`, `extensions`, `mcp` or `registry`, or a server.json'

function readOne(
  file: ClientFile,
  listed: Listed,
  inputs: readonly unknown[],
): Entry {
  const path = listed.path.join('.')
  const pointer = listed.path
    .map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('')
  const origin = {
    file: file.name,
    form: listed.form,
    path,
    line: file.lineOf(pointer),
  }
  if (sizeOf(listed.entry) > MOST_OF_ONE) {
    const entry = makeEntry(listed.name.slice(0, 64), origin)
    drop(entry, '', 'it is larger than 64 KiB')
    return entry
  }
  const entry = readForm(listed, origin)
  if (isDropped(entry)) return entry
  unwrap(entry)
  if (isGateway(entry)) drop(entry, '', 'it is a Portcullis gateway itself')
  noteInputs(entry, inputs)
  return entry
}

const MOST_OF_ONE = 65_536

function readForm(listed: Listed, origin: Origin): Entry {
  if (listed.form === 'MCP registry') return readRegistryEntry(listed, origin)
  if (listed.form === 'Docker catalogue') return readDockerEntry(listed, origin)
  return readEntry(listed, origin)
}

/** A token of ours, or the address and the name that `connect` writes. */
function isGateway({ name, url = '', headers, env, args }: Entry): boolean {
  const texts = [...headers.values(), ...env.values(), ...args, url]
  if (texts.some((text) => /gwt_[a-z0-9]{12}_/.test(text ?? ''))) return true
  const own = `:${DEFAULTS.listen.port}${DEFAULTS.listen.path}`
  const isOurs = name === 'gateway' || name === 'portcullis'
  const asks = texts.some((text) => /GATEWAY_TOKEN|gw-token/.test(text ?? ''))
  return isOurs && (asks || url.endsWith(own))
}

/** Keys are shown, and a key may be a credential too. */
function hideSecrets(entry: Entry, variables: Variables): Entry {
  const path = variables.hide(entry.origin.path)
  const origin = { ...entry.origin, path }
  const dropped = entry.dropped.map(({ key, why }) => ({
    origin,
    key: variables.hide(key),
    why,
  }))
  return { ...entry, origin, dropped }
}

function reserveNames(entry: Entry, variables: Variables): void {
  const { env, headers, args, url = '' } = entry
  const texts = [...env.values(), ...headers.values(), ...args, url]
  const held = texts.flatMap((text) => readParts(text ?? ''))
  const unset = [...env].flatMap(([name, value]) =>
    value === undefined ? [name] : [],
  )
  const named = held.flatMap((part) =>
    typeof part === 'object' && part.kind === 'env' ? [part.name] : [],
  )
  const server = nameEntry(entry, variables)
  for (const name of [...named, ...unset]) variables.reserve(name, server)
}

const REFERENCE = /"(?:secret|bearer)":"env:(\w+)"/g

function listVariables(drafts: readonly Draft[]): readonly Variable[] {
  const readers = new Map<string, string[]>()
  for (const { name: server, server: authored } of drafts) {
    const found = JSON.stringify(authored).matchAll(REFERENCE)
    for (const name of new Set([...found].map(([, name = '']) => name))) {
      readers.set(name, [...(readers.get(name) ?? []), server])
    }
  }
  return [...readers]
    .map(([name, servers]) => ({ name, servers }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** What a client asks its user for, where the entry uses it. */
function noteInputs(entry: Entry, inputs: readonly unknown[]): void {
  for (const input of inputs) {
    const { id, password } = membersOf(input)
    if (typeof id !== 'string' || password !== true) continue
    for (const [name, value] of entry.env) {
      if (value?.includes(`\${input:${id}}`)) entry.secrets.add(name)
    }
  }
}

function listTwice({ name, twice }: ClientFile): readonly Dropped[] {
  return twice.map(({ key, line }) => ({
    origin: { file: name, form: '', path: '', line },
    key,
    why: 'the key is written twice: the last one counts, as for the client',
  }))
}

/** The pure stages of the compiler, as `gateway check` runs them. */
function checkAuthored(authored: unknown): readonly Diagnostic[] {
  const checked = check({
    authored,
    tokens: {},
    tokensFile: DEFAULTS.tokens.file,
  })
  const linked = checked.value ? linkChecked(checked.value) : []
  return [...checked.diagnostics, ...linked]
}

function linkChecked(checked: Checked): readonly Diagnostic[] {
  return link(checked, () => '.').diagnostics
}

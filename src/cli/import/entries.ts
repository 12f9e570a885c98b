// The servers of all files, in one shape, and what cannot be read.
// In: files as bytes. Out: entries; files that stop the import; dropped keys.
// INVARIANT: bounded: in the servers of one file, and in their characters.

import { DEFAULTS } from '../../contract/defaults.ts'
import { type ClientFile, readClientFile, type Unread } from './client-file.ts'
import { readDockerEntry } from './docker.ts'
import {
  type Dropped,
  drop,
  type Entry,
  makeEntry,
  type Origin,
} from './entry.ts'
import { type Listed, listServers, membersOf, type Section } from './forms.ts'
import { readEntry } from './read-entry.ts'
import { readRegistryEntry } from './registry.ts'
import { isDropped } from './turn.ts'
import { unwrap } from './unwrap.ts'

export interface GivenFile {
  /** As it is shown. */
  readonly name: string
  readonly bytes: Buffer
}

export interface Entries {
  readonly entries: readonly Entry[]
  readonly unread: readonly Unread[]
  /** Keys that are no key of a server. */
  readonly dropped: readonly Dropped[]
}

export async function readEntries(
  given: readonly GivenFile[],
): Promise<Entries> {
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
  const unread = [...failed, ...unknown, ...many]
  return { entries, unread, dropped: files.flatMap(listTwice) }
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

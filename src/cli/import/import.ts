// From the files of clients to a config: all steps in order.
// In: files as bytes, and what is known of this machine. Out: a config, its
// variables, and what became of each server of each file.
// INVARIANT: no secret is in the result; only what `machine` offers is read.

import { type Checked, check } from '../../check/check.ts'
import { DEFAULTS } from '../../contract/defaults.ts'
import type { Diagnostic } from '../../contract/diagnostic.ts'
import { link } from '../../link/link.ts'
import type { Unread } from './client-file.ts'
import { type ConfigText, type Starter, writeConfig } from './config-text.ts'
import type { Draft } from './draft.ts'
import { type GivenFile, readEntries } from './entries.ts'
import type { Dropped, Entry, Origin } from './entry.ts'
import { mergeDrafts } from './merge.ts'
import { nameEntry } from './names.ts'
import { readParts } from './placeholders.ts'
import { isDropped, turnEntry } from './turn.ts'
import { Variables } from './variables.ts'
import type { Shelves } from './versions.ts'

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
  const { entries, unread, dropped: keys } = await readEntries(given)
  const variables = new Variables()
  const { shown, turned } = turnEntries(entries, machine, variables)
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
    ...keys,
  ]
  return {
    ...config,
    drafts,
    outcomes,
    dropped,
    variables: listVariables(drafts),
    unread,
    findings: checkAuthored(config.authored),
  }
}

/** The entries as messages show them, and what they become. */
function turnEntries(
  entries: readonly Entry[],
  machine: Machine,
  variables: Variables,
) {
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
  return { shown, turned: turn(shown) }
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

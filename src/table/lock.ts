// Operations on the lock: digests, names, effects of tools.
// In: what a server offers, or an artefact. Out: a locked server, or answers.
// INVARIANT: equal definitions have equal digests, whatever their key order; a
// hint that a server does not give counts as the worst.

import {
  type Definition,
  LOCKED_LISTS,
  type Lock,
  type LockedList,
  type LockedNames,
  type LockedServer,
  type Risk,
} from '../contract/lock.ts'
import { formatJson } from '../diagnostics/shown.ts'
import { canonicalize, sha256Hex, sortKeys } from './digest.ts'

export type Offer = Omit<LockedServer, 'sha256'>

const LISTS = Object.keys(LOCKED_LISTS) as readonly LockedList[]

/** Sorts the lists and adds the digest. */
export function lockOffer(offer: Offer): LockedServer {
  const sorted = LISTS.map((list) => [
    list,
    [...offer[list]].sort((a, b) =>
      nameOf(list, a) < nameOf(list, b) ? -1 : 1,
    ),
  ])
  const ordered = { ...offer, ...Object.fromEntries(sorted) } as Offer
  return { ...ordered, sha256: digestOffer(ordered).sha256 }
}

export interface Digests {
  /** What a locked server's `sha256` must be. */
  readonly sha256: string
  /** Names with the digest of each definition, as the table holds them. */
  readonly names: LockedNames
}

/** Each definition is written once, for its own digest and for the whole. */
export function digestOffer(offer: Offer & { sha256?: string }): Digests {
  const texts = new Map<string, string>()
  for (const [key, value] of Object.entries(offer)) {
    const own = key === 'sha256' || key in LOCKED_LISTS
    if (!own) texts.set(key, canonicalize(value))
  }
  const names = LISTS.map((list) => {
    const spelt = offer[list].map(canonicalize)
    texts.set(list, `[${spelt.join(',')}]`)
    const digests = offer[list].map((one, index) => [
      nameOf(list, one),
      sha256Hex(spelt[index] ?? ''),
    ])
    return [list, Object.fromEntries(digests)]
  })
  const members = [...texts.keys()]
    .sort()
    .map((key) => `${JSON.stringify(key)}:${texts.get(key)}`)
  return {
    sha256: sha256Hex(`{${members.join(',')}}`),
    names: Object.fromEntries(names) as LockedNames,
  }
}

export function nameOf(list: LockedList, definition: Definition): string {
  return String(definition[LOCKED_LISTS[list]])
}

export function judgeRisk(tool: Definition | undefined): Risk {
  const { readOnlyHint, destructiveHint } = annotationsOf(tool)
  if (readOnlyHint === true) return 'read-only'
  if (destructiveHint === false) return 'additive'
  return destructiveHint === true ? 'destructive' : 'unknown'
}

/** ToolAnnotations of the specification; all of them are hints. */
export function annotationsOf(tool: Definition | undefined): Definition {
  const { annotations } = tool ?? {}
  return typeof annotations === 'object' && annotations !== null
    ? (annotations as Definition)
    : {}
}

/** The text of gateway.lock.json: sorted keys at every depth, and escapes for
 * invisible characters. */
export function renderLock(lock: Lock): string {
  return `${formatJson(sortKeys(lock), 2)}\n`
}

/** The text of gateway-env.d.ts: locked tool names, for the editor. */
export function renderTypes({ servers }: Lock): string {
  const members = Object.entries(servers)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([server, { tools }]) => {
      const names = tools.map((tool) => quote(nameOf('tools', tool)))
      const key = /^[a-z]\w*$/.test(server) ? server : quote(server)
      const union = names.map((name) => `\n      | ${name}`).join('')
      return `    ${key}: ${union || 'never'}`
    })
  return [
    '// Written by `gateway lock`. Do not edit.',
    "import 'portcullis'",
    '',
    "declare module 'portcullis' {",
    '  interface GatewayTools {',
    ...members,
    '  }',
    '}',
    '',
  ]
    .join('\n')
    .replaceAll(/: +\n/g, ':\n')
}

function quote(text: string): string {
  const inside = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"')
  return `'${inside.replaceAll("'", "\\'")}'`
}

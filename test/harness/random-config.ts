// Whole configs by chance, as `defineGateway` returns them, each with its lock.
// In: nothing. Out: arbitraries that shrink; what every property looks through.
// INVARIANT: names are few and short, so that rules meet; what the compiler
// refuses for its form alone is never made.

import fc from 'fast-check'
import type { LockedServer } from '../../src/contract/lock.ts'
import { tie } from './tied-config.ts'

export type Section = Readonly<Record<string, readonly EntryText[]>>
export type EntryText = string | Readonly<Record<string, unknown>>

export interface RoleText {
  readonly extends: readonly string[]
  readonly allow: Section
  readonly deny: Section
}

export interface TokenText {
  readonly team?: string
  readonly roles?: readonly string[]
  readonly tools?: Section
  readonly [key: string]: unknown
}

export type By<T> = Readonly<Record<string, T>>

/** What an author writes, the defaults left out. */
export interface ConfigText {
  readonly servers: By<object>
  readonly roles: By<RoleText>
  readonly teams: By<{ readonly roles: readonly string[] }>
  readonly limits: By<{ readonly on: Section; readonly [key: string]: unknown }>
  readonly tokens: { readonly grants: By<TokenText> }
}

export interface Authored {
  readonly config: ConfigText
  readonly lock: By<LockedServer>
}

/** `constructor`: a name that every object seems to have. */
export const SERVERS = ['a', 'b', 'c', 'constructor']
export const ROLES = ['q', 'r', 's', 't', 'constructor']
export const TEAMS = ['x', 'y', 'constructor']
export const IDS = ['aaaaaaaaaaa1', 'aaaaaaaaaaa2', 'aaaaaaaaaaa3']
const LIMITS = ['l', 'm', 'constructor']

/** Every word of `signs` up to a length, the empty one left out. */
export function listWords(signs: string, longest: number): readonly string[] {
  if (longest === 0) return []
  const shorter = ['', ...listWords(signs, longest - 1)]
  const longer = shorter.flatMap((word) => [...signs].map((one) => word + one))
  return [...new Set([...shorter.slice(1), ...longer])]
}

export const NAMES = [...listWords('ab', 3), 'constructor']
export const URIS = ['file:///a', 'file:///b/a', 'file:///b/../a']

/** Every use of these servers, each with its kind. */
export function listNames(servers: readonly string[]) {
  return servers.flatMap((server) => [
    ...NAMES.map((name) => ({ server, kind: 'tool' as const, name })),
    ...NAMES.map((name) => ({ server, kind: 'prompt' as const, name })),
    ...URIS.map((name) => ({ server, kind: 'resource' as const, name })),
  ])
}

const some = <T>(of: fc.Arbitrary<T>, names: readonly string[]) =>
  fc.record(Object.fromEntries(names.map((name) => [name, of])), {
    requiredKeys: [],
  }) as fc.Arbitrary<By<T>>

export const patterns = (longest: number) =>
  fc.string({
    unit: fc.constantFrom('a', 'b', '*'),
    minLength: 1,
    maxLength: longest,
  })

/** Two stars together are an error that says so. */
const named = fc.oneof(
  fc.constantFrom(...NAMES),
  patterns(3).map((pattern) => pattern.replaceAll(/\*+/g, '*')),
)

const whens = some(
  fc.constantFrom(
    { equals: 'u' },
    { equals: null },
    { equals: true },
    { in: ['u', 'w'] },
    { in: [1, 'u'] },
    { glob: 'u*' },
    { min: 1 },
    { max: 2 },
    { min: 1, max: 2 },
  ),
  ['p', 'o', '/n/r'],
).filter((when) => Object.keys(when).length > 0)

const selectors = [
  { weight: 6, arbitrary: named as fc.Arbitrary<EntryText> },
  { weight: 1, arbitrary: fc.record({ prompt: named }) },
  {
    weight: 1,
    arbitrary: fc.record({
      resource: fc.constantFrom('*', 'file:///*', '*a', 'file:///b/a'),
    }),
  },
]

const conditional = fc.record({ tool: named, when: whens })

/** Entries of one server; conditions once in a while. */
const entries = (withWhen: number) =>
  fc.array(
    fc.oneof(...selectors, { weight: withWhen, arbitrary: conditional }),
    { maxLength: 3 },
  )

const section = (withWhen: number) => some(entries(withWhen), SERVERS)

export const entry: fc.Arbitrary<EntryText> = fc.oneof(...selectors, {
  weight: 2,
  arbitrary: conditional,
})

const role = fc.record({
  extends: fc.subarray(ROLES, { maxLength: 2 }),
  allow: section(1),
  deny: section(1),
})

const token = fc.record(
  {
    team: fc.constantFrom(...TEAMS),
    roles: fc.subarray(ROLES),
    tools: section(0),
    revoked: fc.constant('2026-11-02'),
  },
  { requiredKeys: [] },
)

const limit = fc.record(
  {
    on: section(1),
    for: fc.oneof(
      fc.record({ teams: fc.subarray(TEAMS) }),
      fc.record({ roles: fc.subarray(ROLES) }),
    ),
    concurrent: fc.integer({ min: 1, max: 3 }),
  },
  { requiredKeys: ['on', 'concurrent'] },
)

const offer = fc.record({
  tools: fc.subarray(NAMES),
  prompts: fc.subarray(NAMES),
})

const raw = fc.record({
  servers: some(fc.constantFrom('http', 'stdio'), SERVERS),
  roles: some(role, ROLES),
  teams: some(fc.record({ roles: fc.subarray(ROLES) }), TEAMS),
  limits: some(limit, LIMITS),
  grants: some(token, IDS),
  lock: fc.oneof(fc.constant({}), some(offer, SERVERS)),
})

export type Raw = typeof raw extends fc.Arbitrary<infer T> ? T : never

/** A config with its lock, or without one. */
export const authored: fc.Arbitrary<Authored> = raw.map(tie)

const values = fc.constantFrom<unknown>(
  'u',
  'uv',
  'w',
  '..',
  1,
  2,
  5,
  2 ** 60,
  true,
  null,
  [],
  ['u'],
  ['u', 'w'],
  [1, 5],
  { r: 'u' },
  { r: 5 },
)

export const callArguments = some(values, ['p', 'o', 'n'])

// Names and arguments, compared with the lock.
// In: linked parts with their definitions. Out: literal names that no server
// has, and conditions on arguments that a tool does not take.
// INVARIANT: checks locked servers only; patterns are left to a lint.

import type { Diagnostic, Word } from '../contract/diagnostic.ts'
import type { Definition, LockedList } from '../contract/lock.ts'
import type { Entry, Grants, When } from '../contract/table.ts'
import { quote } from '../diagnostics/credential.ts'
import { joinPointer } from '../diagnostics/pointer.ts'
import { count, finding } from '../diagnostics/report.ts'
import { findWord, suggest } from '../diagnostics/suggest.ts'
import { splitArgument } from '../table/arguments.ts'
import { nameOf } from '../table/lock.ts'
import { matchPattern } from '../table/match.ts'
import type { Linked } from './context.ts'
import { pointTo } from './lock.ts'

interface Named {
  readonly server: string
  readonly list: LockedList
  readonly pattern: string
  readonly pointer: string
  /** How it is written: as a key, or as a value. */
  readonly part: Word['part']
}

export function findLockFaults(linked: Linked): readonly Diagnostic[] {
  const sections = listSections(linked)
  const entries = sections.flatMap((grants) =>
    Object.entries(grants).flatMap(([server, grant]) =>
      grant.entries.map((entry) => ({ server, entry })),
    ),
  )
  // The entries of a role are also those of every role that extends it.
  const unique = new Map(entries.map((one) => [one.entry.rule, one]))
  return [
    ...[...unique.values()].flatMap(({ server, entry }) =>
      readNamed(server, entry).flatMap((one) => judgeName(linked, one)),
    ),
    ...[...listRenamed(linked), ...listAudited(linked)].flatMap((one) =>
      judgeName(linked, one),
    ),
    ...[...unique.values()].flatMap(({ server, entry }) =>
      judgeArguments(linked, server, entry),
    ),
  ]
}

function listSections({
  roles,
  limits,
  tokens,
  tests,
}: Linked): readonly Grants[] {
  return [
    ...Object.values(roles).flatMap(({ allow, deny }) => [allow, deny]),
    ...Object.values(limits).map(({ on }) => on),
    ...Object.values(tokens).map(({ tools }) => tools ?? {}),
    ...Object.values(tests).flatMap(({ allow, deny }) => [allow, deny]),
  ]
}

function readNamed(server: string, entry: Entry): readonly Named[] {
  if ('resource' in entry) return []
  const part = 'value' as const
  if ('prompt' in entry) {
    const pointer = joinPointer(entry.rule, 'prompt')
    return [{ server, list: 'prompts', pattern: entry.prompt, pointer, part }]
  }
  // A tool with a condition is written as an object, one without as a text.
  const pointer = entry.when ? joinPointer(entry.rule, 'tool') : entry.rule
  return [{ server, list: 'tools', pattern: entry.tool, pointer, part }]
}

function listRenamed({ servers }: Linked): readonly Named[] {
  return Object.entries(servers).flatMap(([server, { rename }]) =>
    Object.keys(rename).map((pattern) => {
      const pointer = joinPointer('/servers', server, 'rename', pattern)
      const named = { server, list: 'tools' as const, pattern }
      return { ...named, pointer, part: 'key' as const }
    }),
  )
}

/** Under a misspelt tool name, its secrets would be recorded. */
function listAudited({ audit }: Linked): readonly Named[] {
  return Object.entries(audit.tools).flatMap(([server, tools]) =>
    Object.keys(tools).map((pattern) => {
      const pointer = joinPointer('/audit/tools', server, pattern)
      const named = { server, list: 'tools' as const, pattern }
      return { ...named, pointer, part: 'key' as const }
    }),
  )
}

function judgeName(
  { lock, servers }: Linked,
  { server, list, pattern, pointer, part }: Named,
): readonly Diagnostic[] {
  const names = Object.hasOwn(lock, server) ? lock[server]?.[list] : undefined
  const isPattern = pattern.includes('*') && !pointer.startsWith('/audit/')
  if (!names || isPattern || Object.hasOwn(names, pattern)) return []
  const known = Object.keys(names)
  const noun = list === 'tools' ? 'tool' : 'prompt'
  const message = `\`${server}\` has no ${noun} ${quote(pattern)} in the lock`
  const { prefix = '' } = servers[server] ?? {}
  const bare = pattern.startsWith(prefix) ? pattern.slice(prefix.length) : ''
  const own = prefix !== '' && known.includes(bare) ? bare : undefined
  const nearest = own ?? suggest(pattern, known)
  const counted = count(known.length, noun)
  const locked = `${counted} locked for \`${server}\`; if the server has it now, run \`gateway lock ${server}\``
  const help = own
    ? `write \`${own}\`, the server's own name: clients see it with a prefix`
    : nearest
      ? `did you mean \`${nearest}\`? ${locked}`
      : locked
  const notes = nearest
    ? [
        {
          message: `${quote(nearest)} is locked here`,
          pointer: pointTo(server, list, nearest),
        },
      ]
    : []
  const word = own
    ? { part, was: pattern, now: own }
    : findWord(part, pattern, known)
  const label = `not among the ${counted} locked for \`${server}\``
  return [finding('GW3012', pointer, message, { help, notes, word, label })]
}

/** Each property once, for the first tool that lacks it. */
function judgeArguments(
  { definitions }: Linked,
  server: string,
  entry: Entry,
): readonly Diagnostic[] {
  const when: When | undefined = 'tool' in entry ? entry.when : undefined
  const tools = Object.hasOwn(definitions, server)
    ? (definitions[server]?.tools ?? [])
    : []
  if (!when || !('tool' in entry)) return []
  const meant = tools.filter((tool) =>
    matchPattern(entry.tool, nameOf('tools', tool)),
  )
  return Object.keys(when).flatMap((argument) => {
    const path = splitArgument(argument)
    for (const tool of meant) {
      const lacking = findLacking(tool.inputSchema, path)
      if (!lacking) continue
      const name = nameOf('tools', tool)
      const message = `${quote(`${server}/${name}`)} has no argument ${quote(argument)}`
      const nearest = suggest(lacking.part, lacking.known)
      const known = `its properties: ${[...lacking.known].sort().join(', ') || 'none'}`
      const help = nearest ? `did you mean \`${nearest}\`? ${known}` : known
      const notes = [
        { message: 'locked here', pointer: pointTo(server, 'tools', name) },
      ]
      const pointer = joinPointer(entry.rule, 'when', argument)
      const word = findWord('key', lacking.part, lacking.known)
      const own = word.was === argument ? { word } : {}
      return [finding('GW3013', pointer, message, { help, notes, ...own })]
    }
    return []
  })
}

/** The part of a path that a schema does not name; undefined also if the schema
 * cannot decide: it refers to another one, or has several shapes. */
function findLacking(
  schema: unknown,
  path: readonly string[],
): { readonly part: string; readonly known: readonly string[] } | undefined {
  let here = schema
  for (const part of path) {
    if (typeof here !== 'object' || here === null) return undefined
    const { properties, ...rest } = here as Definition
    if (OPEN.some((key) => Object.hasOwn(rest, key))) return undefined
    if (typeof properties !== 'object' || properties === null) {
      // A tool without properties takes none, and a text has no members; but an
      // object inside may have any.
      const none = path[0] === part || !mayBeObject(rest.type)
      return none ? { part, known: [] } : undefined
    }
    if (!Object.hasOwn(properties, part)) {
      return { part, known: Object.keys(properties) }
    }
    here = (properties as Definition)[part]
  }
  return undefined
}

function mayBeObject(type: unknown): boolean {
  return type === undefined || [type].flat().includes('object')
}

/** Keywords by which a schema may accept more than its `properties`. */
const OPEN: readonly string[] = [
  '$ref',
  '$dynamicRef',
  'allOf',
  'anyOf',
  'oneOf',
  'if',
  'items',
  'patternProperties',
]

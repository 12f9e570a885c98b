// The first line of a diff: serious changes, changes of access, other changes.
// In: a TableDiff. Out: a few words for each part.
// INVARIANT: "no access change" never stands alone if a serious setting or the
// description of a tool changed.

import type { Written } from '../../contract/table.ts'
import type { TableDiff } from '../../table/diff/diff.ts'
import { isLoosened } from '../../table/diff/guardrails.ts'
import type { SecretMove } from '../../table/diff/secrets.ts'
import type { SettingChange } from '../../table/diff/settings.ts'
import {
  findPrograms,
  formatWritten,
  isProgram,
  showReference,
} from '../../table/references.ts'
import { formatSignIn } from './diff-sign-in.ts'
import {
  countOf,
  describeHeadline,
  formatGuardrail,
  formatValue,
} from './diff-words.ts'

export function describeDiff(diff: TableDiff): readonly string[] {
  return [
    ...describeGrave(diff),
    ...describeGuardrails(diff),
    ...describeHeadline(diff),
    ...describeBeside(diff),
  ]
}

/** Number of changes that are named one by one. */
const MAX = 6

function describeGrave({ secrets, settings }: TableDiff): readonly string[] {
  const grave = settings.filter(({ gravity }) => gravity.length > 0)
  const told = [
    ...secrets.map(formatMove),
    ...grave.flatMap((one) => [...describePrograms(one), formatGrave(one)]),
  ]
  const distinct = [...new Set(told)]
  const left = distinct.length - MAX
  const rest = left > 0 ? [`and ${left} more grave settings`] : []
  return [...distinct.slice(0, MAX), ...rest]
}

/** The programs of secrets that are new in a setting: "the gateway runs op read
 * op://vault/it" */
function describePrograms({ keys, after }: SettingChange): readonly string[] {
  const isArguments = keys.at(-1) === 'exec' && Array.isArray(after)
  const named: unknown = isArguments ? { exec: after, env: [] } : after
  const programs = isProgram(named) ? [named] : findPrograms(named)
  return programs.map(
    (one) => `the gateway runs ${showReference(one).replace(/^exec:/, '')}`,
  )
}

/** Checks that no longer refuse a config: "expectations: 1 removed (deletes)",
 * "lint GW4003: warn → off". */
function describeGuardrails({ guardrails }: TableDiff): readonly string[] {
  const loosened = guardrails.filter(isLoosened)
  const lints = loosened.filter(({ kind }) => kind === 'lint')
  const changes = (['removed', 'weaker', 'changed'] as const).flatMap((one) => {
    const names = loosened.flatMap(({ kind, name, change }) =>
      kind === 'expectation' && change === one ? [name] : [],
    )
    const left = names.length - FEW
    const rest = left > 0 ? [`${left} more`] : []
    const named = [...names.slice(0, FEW), ...rest].join(', ')
    return names.length === 0 ? [] : [`${names.length} ${one} (${named})`]
  })
  const left = lints.length - MAX
  return [
    ...(changes.length === 0 ? [] : [`expectations: ${changes.join(', ')}`]),
    ...lints.slice(0, MAX).map(formatGuardrail),
    ...(left > 0 ? [`and ${left} more lints`] : []),
  ]
}

/** Number of expectations that are named. */
const FEW = 3

/** "secret GITHUB_TOKEN now goes to evil.example" */
export function formatMove({ ref, who, address, as, change }: SecretMove) {
  const name = ref.replace(/^env:/, '')
  const to = change === 'address' ? address : who
  const how = change === 'as' ? ` as ${as}` : ''
  return `secret ${name} now goes to ${to}${how}`
}

function formatGrave(change: SettingChange): string {
  const { keys, path, after, gravity } = change
  const [section, name, member] = keys
  if (section !== 'servers') {
    return after === undefined
      ? `${path} was removed`
      : `${path} is now ${formatValue(after, keys)}`
  }
  const { type, url, command, args = [] } = Object(after)
  if (member === undefined) {
    const what =
      type === 'http'
        ? `is at ${formatText(url)}`
        : `runs ${[command, ...args].map(formatText).join(' ')}`
    return `new server ${name} ${what}`
  }
  if (member === 'url') return `server ${name} is now at ${formatText(after)}`
  if (member === 'auth') return formatSignIn(name ?? '', change)
  const isRun = gravity.includes('execution') && member !== 'headers'
  if (isRun) return `server ${name} runs in another way`
  return `${member} of server ${name} changes`
}

function formatText(value: unknown): string {
  return formatWritten(value as Written)
}

function describeBeside(diff: TableDiff): readonly string[] {
  const { settings, definitions } = diff
  const servers = new Map<string, string>()
  for (const { keys, before, after } of settings) {
    const [section, name, ...member] = keys
    if (section !== 'servers' || name === undefined) continue
    const whole = member.length === 0
    const kind = whole && before === undefined ? 'new' : 'changed'
    servers.set(name, whole && after === undefined ? 'removed' : kind)
  }
  const of = (kind: string) =>
    [...servers.values()].filter((one) => one === kind).length
  const others = settings.filter(({ keys }) => keys[0] !== 'servers')
  const reworded = definitions.filter(({ change }) => change === 'changed')
  return [
    countOf(of('new'), 'new server'),
    countOf(of('changed'), 'server changes', 'servers change'),
    countOf(of('removed'), 'server removed', 'servers removed'),
    countOf(others.length, 'setting changes', 'settings change'),
    countOf(
      reworded.length,
      'locked definition changes',
      'locked definitions change',
    ),
  ].filter((part) => part !== '')
}

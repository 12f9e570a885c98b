// The first line of a diff: what access changes, then what changes beside it.
// In: a TableDiff. Out: a few words a part.
// INVARIANT: a server that is reached elsewhere, and a tool that is described
// otherwise, are never behind the words "no access change" alone.

import type { TableDiff } from '../../table/diff/diff.ts'
import { countOf, describeHeadline } from './diff-words.ts'

export function describeDiff(diff: TableDiff): readonly string[] {
  return [...describeHeadline(diff), ...describeBeside(diff)]
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

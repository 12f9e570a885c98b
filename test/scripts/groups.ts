// Which test files share a process, and what each of them printed there.
// In: names of test files; the TAP of a process. Out: groups; a part for each
// file of a group.
// INVARIANT: each file is in one group and has one part, whatever became of its
// process.

import { basename, dirname } from 'node:path'

/** Each has a process of its own, in this order: what takes longest begins
 * first, so that nothing runs alone at the end. */
const ALONE = [
  'corpus',
  'browser',
  'conformance',
  'peers',
  'account-storm',
  'start',
  'process',
  'bench',
  'lock-sign-in',
  'sdks',
  'server-browser',
  'golden',
  'sse',
]

/** So few that a group takes no longer than what runs alone. */
const IN_ONE_PROCESS = 12

export function groupFiles(names: readonly string[]): string[][] {
  const alone = ALONE.flatMap((stem) =>
    names.filter((name) => basename(name) === stem),
  )
  const groups = alone.map((name) => [name])
  for (const name of names.filter((name) => !alone.includes(name))) {
    const last = groups.at(-1)
    const isFull = !last || last.length === IN_ONE_PROCESS
    const [first = ''] = last ?? []
    const fits = !isFull && !alone.includes(first)
    if (fits && dirname(first) === dirname(name)) last.push(name)
    else groups.push([name])
  }
  return groups
}

export interface Part {
  readonly file: string
  /** Its TAP. */
  readonly said: string
  /** Empty when it ended well. */
  readonly end: string
}

/** `end` tells how their process ended, and is empty when that was well. */
export function splitTap(
  said: string,
  files: readonly string[],
  end: string,
): readonly Part[] {
  const [only = ''] = files
  if (files.length === 1) return [{ file: only, said, end }]
  const parts = files.map((file) => readPart(said, file, end))
  // Something after the last test went wrong.
  if (end !== '' && parts.every((part) => part.end === '')) {
    return parts.map((part, at) =>
      at === parts.length - 1 ? { ...part, end } : part,
    )
  }
  return parts
}

/** A file that did not come to its last line ended as its process did. */
function readPart(said: string, file: string, end: string): Part {
  const lines = said.split('\n')
  const from = lines.indexOf(`# Subtest: ${file}`)
  if (from === -1)
    return { file, said: '', end: end || 'error: it did not run' }
  const isLast = (line: string) => /^(not )?ok \d+ - /.test(line)
  const to = lines.findIndex((line, at) => at > from && isLast(line))
  const inner = lines.slice(from + 1, to === -1 ? undefined : to)
  return {
    file,
    said: inner.map((line) => line.replace(/^ {4}/, '')).join('\n'),
    end: to === -1 ? end || 'error: it did not end' : readEnd(lines.slice(to)),
  }
}

/** Of a file that failed, what tap says below its last line. */
function readEnd([last = '', ...below]: readonly string[]): string {
  if (last.startsWith('ok ')) return ''
  const yaml =
    below[0] === '  ---' ? below.slice(1, below.indexOf('  ...')) : []
  return yaml.map((line) => line.slice(2)).join('\n  ') || 'error: it failed'
}

// What may be done to an audit trail by a hand that has no key, or by a disk.
// In: the files as lines, a source of chance. Out: the files, changed, and
// which records a verdict may name.
// INVARIANT: each kind leaves a trail that is not the one that was written.

import { GENESIS, hashLine } from '../../../src/runtime/audit/chain.ts'
import type { Chance } from './chance.ts'

export interface TrailText {
  readonly name: string
  lines: readonly string[]
  /** The last line has lost its newline. */
  cut?: string
}

export interface Corruption {
  readonly files: readonly TrailText[]
  /** `file:line` of what may be named first; empty: no record, but a file. */
  readonly named: readonly string[]
}

type Kind = (
  files: readonly TrailText[],
  other: readonly TrailText[],
  chance: Chance,
) => Corruption

export const KINDS: Readonly<Record<string, Kind>> = {
  'one byte changed': onOneLine((line, chance) => {
    const at = chance(line.length)
    const byte = line.charCodeAt(at) ^ (1 << chance(5))
    return line.slice(0, at) + String.fromCharCode(byte) + line.slice(at + 1)
  }),
  'one byte removed': onOneLine((line, chance) => {
    const at = chance(line.length)
    return line.slice(0, at) + line.slice(at + 1)
  }),
  'one byte put in': onOneLine((line, chance) => {
    const at = chance(line.length + 1)
    return `${line.slice(0, at)}7${line.slice(at)}`
  }),
  'a value changed': onOneLine((line) => line.replace(/"seq":\d/, '"seq":9')),
  'a newline lost': edit((lines, at) => [
    ...lines.slice(0, at),
    `${lines[at]}${lines[at + 1] ?? ''}`,
    ...lines.slice(at + 2),
  ]),
  'a newline put in': edit((lines, at, chance) => {
    const line = lines[at] as string
    const cut = 1 + chance(line.length - 1)
    const halves = [line.slice(0, cut), line.slice(cut)]
    return [...lines.slice(0, at), ...halves, ...lines.slice(at + 1)]
  }),
  'records deleted': (files, _, chance) => {
    const [file, at] = pick(files, chance)
    const count = 1 + chance(20)
    const changed = replace(files, file, (lines) => [
      ...lines.slice(0, at),
      ...lines.slice(at + count),
    ])
    // What comes next tells, or what is left before the end.
    const left = (changed[file] as TrailText).lines.length
    if (at < left) return { files: changed, named: [place(files, file, at)] }
    const next = files[file + 1]
      ? place(files, file + 1, 0)
      : before(files, file, at)
    return { files: changed, named: [next] }
  },
  'a record repeated': edit((lines, at, chance) => [
    ...lines.slice(0, at),
    lines[chance(lines.length)] as string,
    ...lines.slice(at),
  ]),
  'two records swapped': edit((lines, at) => [
    ...lines.slice(0, at),
    lines[at + 1] ?? '',
    lines[at] as string,
    ...lines.slice(at + 2),
  ]),
  'a record forged': edit((lines, at) => {
    const { seq, prevHash } = JSON.parse(lines[at] as string)
    const forged = `{"ts":"2026-11-27T10:00:00.000Z","seq":${seq},"prevHash":"${prevHash}","event":"intent","requestId":"x"}`
    return [...lines.slice(0, at), forged, ...lines.slice(at)]
  }),
  'changed, and every hash after it made anew': (files, _, chance) => {
    const [file, at] = pick(files, chance)
    const text = (files[file] as TrailText).lines[at] as string
    if (isCheckpoint(text)) return changeOne(files, file, at)
    const changed = files.map(({ name }) => ({ name, lines: [] as string[] }))
    let hash = GENESIS
    let named = ''
    for (const [i, { lines }] of files.entries()) {
      for (const [j, line] of lines.entries()) {
        const own =
          i === file && j === at ? line.replace(/}$/, ',"x":1}') : line
        const next = own.replace(/"prevHash":"\w+"/, `"prevHash":"${hash}"`)
        hash = hashLine(next)
        changed[i]?.lines.push(next)
        const after = i > file || (i === file && j > at)
        if (after && isCheckpoint(line)) named ||= place(files, i, j)
      }
    }
    return { files: changed, named: [named] }
  },
  'cut off at a record': (files, _, chance) => {
    const [file, at] = pick(files, chance)
    return cutOff(files, file, at)
  },
  'cut off in a record': (files, _, chance) => {
    const [file, at] = pick(files, chance)
    const line = (files[file] as TrailText).lines[at] as string
    return cutOff(files, file, at, line.slice(0, 1 + chance(line.length - 1)))
  },
  'another trail from here on': (files, other, chance) => {
    const [file, at] = pick(files, chance)
    const spliced = files.map(({ name, lines }, i) => {
      const theirs = other[i]?.lines ?? []
      if (i < file) return { name, lines }
      if (i > file) return { name, lines: theirs }
      return { name, lines: [...lines.slice(0, at), ...theirs.slice(at)] }
    })
    const named = [before(files, file, at), place(files, file, at)]
    return { files: spliced, named }
  },
  'a file gone': (files, _, chance) => {
    const file = chance(files.length - 1)
    const named = [place(files, file + 1, 0)]
    return { files: files.filter((_, i) => i !== file), named }
  },
  'two files swapped': (files, _, chance) => {
    const file = chance(files.length - 1)
    const swapped = files.map(({ name }, i) => {
      const from = i === file ? i + 1 : i === file + 1 ? i - 1 : i
      return { name, lines: (files[from] as TrailText).lines }
    })
    return {
      files: swapped,
      named: [place(files, file, 0), place(files, file + 1, 0)],
    }
  },
}

/** `change` of one record, which alone may be named. */
function onOneLine(change: (line: string, chance: Chance) => string): Kind {
  return (files, _, chance) => {
    const [file, at] = pick(files, chance)
    return changeOne(files, file, at, (line) => change(line, chance))
  }
}

function changeOne(
  files: readonly TrailText[],
  file: number,
  at: number,
  change = (line: string) => line.replace('2026', '2025'),
): Corruption {
  const line = (files[file] as TrailText).lines[at] as string
  const changed = change(line)
  const text = changed === line ? `${line} ` : changed
  return {
    files: replace(files, file, (lines) => lines.with(at, text)),
    named: [place(files, file, at)],
  }
}

function edit(
  change: (
    lines: readonly string[],
    at: number,
    chance: Chance,
  ) => readonly string[],
): Kind {
  return (files, _, chance) => {
    const [file, at] = pick(files, chance)
    const changed = replace(files, file, (lines) => change(lines, at, chance))
    const named = [at, at + 1].map((line) => place(files, file, line))
    return { files: changed, named: [...named, place(files, file + 1, 0)] }
  }
}

function cutOff(
  files: readonly TrailText[],
  file: number,
  at: number,
  cut?: string,
): Corruption {
  const kept = files.slice(0, file + 1).map(({ name, lines }, i) => {
    if (i < file) return { name, lines }
    const rest = lines.slice(0, at)
    return cut === undefined
      ? { name, lines: rest }
      : { name, lines: rest, cut }
  })
  // The live file has its name whatever is left of it.
  const live = (files.at(-1) as TrailText).name
  const last = kept.at(-1) as TrailText
  const named = [before(files, file, at), place(files, file, at)]
  if (last.name === live) return { files: kept, named }
  return { files: [...kept, { name: live, lines: [] }], named }
}

function replace(
  files: readonly TrailText[],
  file: number,
  change: (lines: readonly string[]) => readonly string[],
): readonly TrailText[] {
  return files.map(({ name, lines }, i) => ({
    name,
    lines: i === file ? change(lines) : lines,
  }))
}

/** Any record but the very last, which nothing follows. */
function pick(
  files: readonly TrailText[],
  chance: Chance,
): readonly [number, number] {
  const total = files.reduce((sum, { lines }) => sum + lines.length, 0)
  let at = chance(total - 1)
  for (const [file, { lines }] of files.entries()) {
    if (at < lines.length) return [file, at]
    at -= lines.length
  }
  return [0, 0]
}

function place(files: readonly TrailText[], file: number, at: number): string {
  return `${files[file]?.name ?? ''}:${at + 1}`
}

function before(files: readonly TrailText[], file: number, at: number): string {
  if (at > 0) return place(files, file, at - 1)
  const last = files[file - 1]?.lines.length ?? 0
  return place(files, file - 1, last - 1)
}

function isCheckpoint(line: string): boolean {
  return line.includes('"notice":"checkpoint"')
}

// The rooms of the sources, and what the imports between files show.
// In: sources. Out: rooms, circles, imports that lead upward, sizes.
// INVARIANT: an import of a type counts as any other does.

import { readImports, type Source } from './imports.ts'

/** The rooms of src/runtime, each above those that it may import. */
export const RUNTIME_ROOMS: readonly string[] = [
  'base',
  'message',
  'secrets',
  'audit',
  'grants',
  'outward',
  'oauth',
  'login',
  'upstream',
  'catalog',
  'http',
  'request',
  'record',
  'stages',
  'relay',
  'notifications',
  'connect',
  'login-server',
  'control',
  'sign-ins',
  'runtime',
  'pipeline',
  'routes',
  'listeners',
  'gateway',
]

/** `cli`, or `runtime/http`: a folder or a file. */
export function roomOf(path: string): string {
  const [, zone = '', room = ''] = path.replace(/\.ts$/, '').split('/')
  return zone === 'runtime' ? `${zone}/${room}` : zone
}

export interface Circle {
  readonly files: readonly string[]
  readonly rooms: readonly string[]
}

export interface Layout {
  readonly files: number
  readonly lines: number
  readonly median: number
  readonly max: number
  readonly longestFunction: { readonly at: string; readonly lines: number }
  readonly circles: readonly Circle[]
  readonly upward: readonly string[]
}

export function measureLayout(sources: readonly Source[]): Layout {
  const lengths = sources
    .map(({ text }) => text.trimEnd().split('\n').length)
    .sort((a, b) => a - b)
  const functions = sources.flatMap(measureFunctions)
  const longest = functions.sort((a, b) => b.lines - a.lines)[0]
  return {
    files: sources.length,
    lines: lengths.reduce((sum, one) => sum + one, 0),
    median: lengths[Math.floor(lengths.length / 2)] ?? 0,
    max: lengths.at(-1) ?? 0,
    longestFunction: longest ?? { at: '', lines: 0 },
    circles: findCircles(sources),
    upward: findUpward(sources),
  }
}

/** Imports inside of src/runtime that lead to a room above. */
export function findUpward(sources: readonly Source[]): readonly string[] {
  const height = (path: string) =>
    path.startsWith('src/runtime/')
      ? RUNTIME_ROOMS.indexOf(roomOf(path).slice('runtime/'.length))
      : -1
  return sources
    .filter(({ path }) => path.startsWith('src/runtime/'))
    .flatMap(readImports)
    .filter(({ from, to }) => height(to) > height(from))
    .map(({ from, to }) => `${from} may not import ${to}`)
}

/** Files that import each other, directly or through others. */
export function findCircles(sources: readonly Source[]): readonly Circle[] {
  const paths = new Set(sources.map(({ path }) => path))
  const edges = new Map(
    sources.map((source) => [
      source.path,
      readImports(source)
        .map(({ to }) => to)
        .filter((to) => paths.has(to)),
    ]),
  )
  const reach = new Map(
    [...paths].map((path) => [path, reachableFrom(path, edges)]),
  )
  const circles: Circle[] = []
  const seen = new Set<string>()
  for (const [path, reached] of reach) {
    if (seen.has(path) || !reached.has(path)) continue
    const files = [...reached].filter((other) => reach.get(other)?.has(path))
    for (const file of files) seen.add(file)
    const rooms = [...new Set(files.map(roomOf))]
    circles.push({ files: files.sort(), rooms: rooms.sort() })
  }
  return circles.sort((a, b) => b.files.length - a.files.length)
}

function reachableFrom(
  start: string,
  edges: ReadonlyMap<string, readonly string[]>,
): ReadonlySet<string> {
  const reached = new Set<string>()
  const open = [start]
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    for (const to of edges.get(path) ?? []) {
      if (reached.has(to)) continue
      reached.add(to)
      open.push(to)
    }
  }
  return reached
}

/** Functions by their lines, as the formatter leaves them: the last line of one
 * is the first that closes at the indent of its first. */
export function measureFunctions({
  path,
  text,
}: Source): readonly { readonly at: string; readonly lines: number }[] {
  const lines = text.split('\n')
  return lines.flatMap((line, at) => {
    const [, indent = '', rest = ''] = /^(\s*)(.*)$/.exec(line) ?? []
    if (!OPENS.test(rest) || !/[{(]$/.test(rest)) return []
    const end = lines.findIndex(
      (other, i) => i > at && new RegExp(`^${indent}[}\\])]`).test(other),
    )
    // Where its parameters take lines, it ends at the second such line.
    const last =
      end !== -1 && /\{$/.test(lines[end] ?? '')
        ? lines.findIndex(
            (other, i) => i > end && new RegExp(`^${indent}\\}`).test(other),
          )
        : end
    return last === -1
      ? []
      : [{ at: `${path}:${at + 1}`, lines: last - at + 1 }]
  })
}

/** A function, a method, or a constant that is one. */
const OPENS =
  /^(?:export )?(?:(?:async )?function\b|const \w+ = (?:async )?(?:\(|\w+ =>)|(?:(?:async|static|get|set|override) )*(?!if|for|while|switch|catch|return)[#\w]+(?:<[^>]*>)?\([^;]*(?:\{|\($|\()$)/

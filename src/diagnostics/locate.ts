// Places: from a JSON pointer, or a position in the bundle, to the source.
// In: what load kept of the sources. Out: file, line, column.
// INVARIANT: always an answer; where the exact member cannot be seen in the
// source (it was computed), the nearest enclosing one that can.

import { SourceMap } from 'node:module'
import type { Diagnostic, Position, Range } from '../contract/diagnostic.ts'
import { locateInToml } from './locate-toml.ts'
import { type Nearest, readTree, type Tree } from './locate-tree.ts'
import { splitPointer } from './pointer.ts'

/** What load keeps so that findings can say where. Files are relative to the
 * root config's folder. */
export interface Sources {
  /** The root config; '' where none was found. */
  readonly config: string
  /** esbuild's output; absent when there was none. */
  readonly bundle?: Bundle
  readonly tokens?: { readonly file: string; readonly text: string }
  /** Texts by file, for the frames of a report. */
  readonly texts: Readonly<Record<string, string>>
}

export interface Bundle {
  readonly code: string
  /** Source map, version 3, with the sources' contents. */
  readonly map: string
}

export interface Locator {
  readonly locate: (pointer: string) => Range
  /** The only loop in the config's own files, if there is just one. */
  readonly locateLoop: () => Range | undefined
}

/** Parses the bundle once; what it returns is cheap to call. */
export function openLocator(sources: Sources): Locator {
  const { bundle, tokens, config } = sources
  const tree = bundle && readTree(bundle.code)
  const map = bundle && openSourceMap(bundle, sources)
  const fallback = { file: config, start: { line: 1, column: 1 } }

  const place = (nearest: Nearest): Range => map?.(nearest.position) ?? fallback
  const locateToken = (path: readonly string[]) =>
    tokens && rangeInToml(tokens, path)

  return {
    locate: (pointer) => {
      const [file, inFile] = pointer.split('#')
      if (inFile !== undefined && file === tokens?.file) {
        return locateToken(splitPointer(inFile))?.range ?? fallback
      }
      const path = splitPointer(pointer)
      const nearest = tree?.find(path)
      if (path[0] === 'tokens' && path[1] === 'grants' && nearest?.missing) {
        const found = locateToken(['token', ...path.slice(2)])
        if (found && found.missing < nearest.missing) return found.range
      }
      if (!nearest) return fallback
      // What `bearer(x)` made stands in our own package: its call is meant.
      const own = place(nearest)
      if (sources.texts[own.file] !== undefined || path.length < 2) return own
      const outer = tree?.find(path.slice(0, -1))
      return outer ? place(outer) : own
    },
    locateLoop: () => findLoop(tree, map),
  }
}

/** Fills in `at` of findings and notes that have only a pointer. */
export function placeFindings(
  diagnostics: readonly Diagnostic[],
  { locate }: Locator,
): readonly Diagnostic[] {
  return diagnostics.map((one) => ({
    ...one,
    at: one.at ?? locate(one.pointer),
    notes: one.notes.map((note) =>
      note.at || note.pointer === undefined
        ? note
        : { ...note, at: locate(note.pointer) },
    ),
  }))
}

/** A position in the bundle → the place in the source that it came from. */
export function openSourceMap(
  { map }: Bundle,
  { texts }: Pick<Sources, 'texts'>,
): (position: Position) => Range | undefined {
  const source = new SourceMap(JSON.parse(map))
  return ({ line, column }) => {
    const entry = source.findEntry(line - 1, column - 1)
    if (!('originalSource' in entry)) return undefined
    const file = entry.originalSource
    const start = {
      line: entry.originalLine + 1,
      column: entry.originalColumn + 1,
    }
    return spanToken(texts[file], { file, start })
  }
}

/** Adds the end of the word or literal that begins there. */
export function spanToken(text: string | undefined, range: Range): Range {
  const { line, column } = range.start
  const rest = text?.split('\n')[line - 1]?.slice(column - 1)
  const token = /^(?:'[^']*'|"[^"]*"|`[^`]*`|[\w$.-]+)/.exec(rest ?? '')?.[0]
  if (!token) return range
  return { ...range, end: { line, column: column + token.length } }
}

/** `file:line:column`, as places are written. */
export function formatPlace({ file, start }: Range): string {
  return `${file}:${start.line}:${start.column}`
}

function rangeInToml(
  { file, text }: { readonly file: string; readonly text: string },
  path: readonly string[],
) {
  const found = locateInToml(text, path)
  if (!found) return undefined
  const { missing, position } = found
  return { missing, range: spanToken(text, { file, start: position }) }
}

function findLoop(
  tree: Tree | undefined,
  map: ((position: Position) => Range | undefined) | undefined,
): Range | undefined {
  const loops = (tree?.loops() ?? [])
    .map((position) => map?.(position))
    .filter((range) => range && !range.file.includes('node_modules/'))
  return loops.length === 1 ? loops[0] : undefined
}

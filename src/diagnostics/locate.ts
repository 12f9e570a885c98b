// Places: from a JSON pointer, or a position in the bundle, to the source.
// In: the sources that load kept. Out: file, line, column.
// INVARIANT: always gives a place; for a computed member it is the nearest
// enclosing member that is visible in the source.

import { SourceMap } from 'node:module'
import type {
  Diagnostic,
  Fix,
  Position,
  Range,
  Word,
} from '../contract/diagnostic.ts'
import { LOCK_FILE } from '../contract/lock.ts'
import { locateInLock } from './locate-lock.ts'
import { readTomlPlaces } from './locate-toml.ts'
import { readTree, type Tree } from './locate-tree.ts'
import { isWord, makeFix, spanWord, withoutConflicts } from './locate-word.ts'
import { splitPointer } from './pointer.ts'
import { asSource } from './speak.ts'
import {
  findWritten,
  openRanges,
  openWritten,
  type Place,
  type Written,
} from './written.ts'

/** What load keeps so that findings get places. Files are relative to the root
 * config's folder. */
export interface Sources {
  /** The root config; '' if there is none. */
  readonly config: string
  /** esbuild's output; absent without a bundle. */
  readonly bundle?: Bundle
  /** For a config that is data: the place of each part in its text. */
  readonly data?: Written
  readonly tokens?: { readonly file: string; readonly text: string }
  /** Text of gateway.lock.json; absent without it. */
  readonly lock?: string
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
  /** The word, if the source contains exactly it, not computed. */
  readonly locateWord: (pointer: string, word: Word) => Range | undefined
  /** The text that replaces the located word by the right one. */
  readonly fix: (at: Range, word: Word) => Fix | undefined
  /** Whether the text there reads `process.env`. */
  readonly readsEnvironment: (pointer: string) => boolean
  /** The only loop in the config's own files, if there is exactly one. */
  readonly locateLoop: () => Range | undefined
}

/** A place in the bundle → one in a source; `exactly`: only if a word of the
 * source begins there. */
type MapBack = (position: Position, how?: 'exactly') => Range | undefined

/** Undefined if no part of the path is visible. */
type Find = (path: readonly string[]) => Place | undefined

/** Parses the bundle once; calls of the returned function are cheap. */
export function openLocator(sources: Sources): Locator {
  const { bundle, tokens, config, data } = sources
  const tree = bundle && readTree(bundle.code)
  const map = bundle && openSourceMap(bundle, sources)
  const fallback = { file: config, start: { line: 1, column: 1 } }
  const inConfig: Find = data
    ? openWritten(data, sources.texts[config] ?? '', config)
    : openTree(tree, map, sources)
  const records = tokens?.text ? readTomlPlaces(tokens.text).tree : undefined
  const inTokens: Find =
    tokens && records
      ? openWritten(records, tokens.text, tokens.file)
      : () => undefined

  const locate = (pointer: string): Range => {
    const [file, inFile] = pointer.split('#')
    if (inFile !== undefined && file === tokens?.file) {
      return inTokens(splitPointer(inFile))?.range ?? fallback
    }
    if (file === LOCK_FILE) {
      return locateInLock(sources.lock ?? '', splitPointer(inFile ?? ''))
    }
    const path = splitPointer(pointer)
    const found = inConfig(path)
    if (path[0] === 'tokens' && path[1] === 'grants' && found?.missing) {
      const record = inTokens(['token', ...path.slice(2)])
      if (record && record.missing < found.missing) return record.range
    }
    return found?.range ?? fallback
  }
  const locateWord = (pointer: string, word: Word): Range | undefined => {
    const path = splitPointer(pointer)
    const { missing, position, text } = tree?.find(path) ?? { missing: 1 }
    const inBundle = word.part === 'key' ? position : text
    if (missing === 0 && inBundle) {
      const range = map?.(inBundle, 'exactly')
      return range && spanWord(sources, range, word)
    }
    const own = findInWritten(sources, data, config, path, word)
    if (own || path[0] !== 'tokens' || path[1] !== 'grants') return own
    const inFile = ['token', ...path.slice(2)]
    return tokens && findInWritten(sources, records, tokens.file, inFile, word)
  }
  return {
    locate,
    locateWord,
    fix: (at, word) => makeFix(at, word, sources),
    readsEnvironment: (pointer) =>
      tree?.readsEnvironment(splitPointer(pointer)) ?? false,
    locateLoop: () => findLoop(tree, map),
  }
}

function findInWritten(
  { texts }: Sources,
  written: Written | undefined,
  file: string,
  path: readonly string[],
  word: Word,
): Range | undefined {
  const node = written && findWritten(written, path)
  const span = word.part === 'key' ? node?.key : node
  const text = texts[file] ?? ''
  if (!span || !isWord(text.slice(span.start, span.end), word)) return
  return openRanges(text, file)(span)
}

/** Most levels of what a helper returns: `scheme`, `secret`, `exec` and an index
 * in `scheme(x, { exec: [y] })`. */
const MAX_LEVELS = 4

function openTree(
  tree: Tree | undefined,
  map: MapBack | undefined,
  { config, texts }: Sources,
): Find {
  const start = { line: 1, column: 1 }
  const find = (path: readonly string[]): Place | undefined => {
    const nearest = tree?.find(path)
    if (!nearest) return undefined
    const range = map?.(nearest.position) ?? { file: config, start }
    return { range, missing: nearest.missing }
  }
  return (path) => {
    const own = find(path)
    // The result of `bearer(x)` is in our own package: its call is meant.
    for (let length = path.length; length > 1; length--) {
      const outer = find(path.slice(0, length))
      if (outer && texts[outer.range.file] !== undefined) return outer
      if (length === path.length - MAX_LEVELS) break
    }
    return own
  }
}

/** Adds `at` to findings and notes that have only a pointer, and a fix if the
 * source contains the word of the finding; writes the help in the language of
 * that file. */
export function placeFindings(
  diagnostics: readonly Diagnostic[],
  { locate, locateWord, fix: fixWord }: Locator,
): readonly Diagnostic[] {
  const placed = diagnostics.map(({ word, ...one }): Diagnostic => {
    const itself = word && locateWord(one.pointer, word)
    const fix = itself && !isGrant(one) ? fixWord(itself, word) : undefined
    const at = itself ?? one.at ?? locate(one.pointer)
    const { label, ...unlabelled } = one
    const { help } = one
    return {
      // The text at the mark is about the word only.
      ...(word && !itself ? unlabelled : one),
      at,
      notes: one.notes.map((note) =>
        note.at || note.pointer === undefined
          ? note
          : { ...note, at: locate(note.pointer) },
      ),
      ...(help && { help: asSource(at.file, help) }),
      ...(fix && { fix }),
    }
  })
  return withoutConflicts(placed)
}

/** Names that give access, which a fix must not guess. */
function isGrant({ code, pointer }: Diagnostic): boolean {
  return code.startsWith('GW30') && GRANTING.test(pointer)
}

const GRANTING =
  /^\/(?:roles\/[^/]+\/(?:allow|extends)|teams\/[^/]+\/roles|tokens\/grants\/[^/]+\/(?:team|roles))(?:\/|$)/

/** A position in the bundle → the place in its source. */
export function openSourceMap(
  { map }: Bundle,
  { texts }: Pick<Sources, 'texts'>,
): MapBack {
  const source = new SourceMap(JSON.parse(map))
  return ({ line, column }, how) => {
    const entry = source.findEntry(line - 1, column - 1)
    if (!('originalSource' in entry)) return undefined
    const { generatedLine, generatedColumn } = entry
    const exact = generatedLine === line - 1 && generatedColumn === column - 1
    if (how === 'exactly' && !exact) return undefined
    const file = entry.originalSource
    const start = {
      line: entry.originalLine + 1,
      column: entry.originalColumn + 1,
    }
    return spanToken(texts[file], { file, start })
  }
}

/** Adds the end of the word or literal that begins there. */
function spanToken(text: string | undefined, range: Range): Range {
  const { line, column } = range.start
  const rest = text?.split('\n')[line - 1]?.slice(column - 1)
  const token = /^(?:'[^']*'|"[^"]*"|`[^`]*`|[\w$.-]+)/.exec(rest ?? '')?.[0]
  if (!token) return range
  return { ...range, end: { line, column: column + token.length } }
}

function findLoop(
  tree: Tree | undefined,
  map: MapBack | undefined,
): Range | undefined {
  const loops = (tree?.loops() ?? [])
    .map((position) => map?.(position))
    .filter((range) => range && !range.file.includes('node_modules/'))
  return loops.length === 1 ? loops[0] : undefined
}

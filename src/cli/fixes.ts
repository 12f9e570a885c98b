// Writes fixes that are certain into the sources of a config.
// In: a compiled config. Out: the number of edits; each is printed.
// INVARIANT: a file is written only if it is unchanged since it was compiled
// and is below the config's folder; it keeps every byte outside the edits.

import { existsSync, realpathSync } from 'node:fs'
import { relative, resolve, sep } from 'node:path'
import type { Fix } from '../contract/diagnostic.ts'
import { joinPath } from '../diagnostics/paths.ts'
import { formatPlace } from '../diagnostics/report.ts'
import { type Plain, plain } from '../diagnostics/shown.ts'
import { Unanswerable } from '../diagnostics/unanswerable.ts'
import { readRegular } from '../regular.ts'
import type { CompiledConfig } from './compiled.ts'
import { draftFiles, type NewFile } from './files.ts'
import { baseFromHere } from './places.ts'
import { say } from './say.ts'
import { changeTokens, parseTokens, type TokenRows } from './tokens-store.ts'
import type { Io } from './verb.ts'

type Edit = Fix['edits'][number]

interface Rewrite extends NewFile {
  readonly before: string
}

export async function applyFixes(
  compiled: CompiledConfig,
  io: Io,
): Promise<number> {
  const edits = selectEdits(compiled)
  if (edits.length > 0) refuseForeign(compiled)
  const files = new Set(edits.map(({ at }) => at.file))
  const rewrites = [...files].map((file) => {
    const own = edits.filter(({ at }) => at.file === file)
    return rewrite(compiled, file, own)
  })
  const tokens = rewrites.find(({ path }) => path === compiled.tokensFile)
  const drafts = draftFiles(rewrites.filter((one) => one !== tokens))
  try {
    // The tokens file has its own lock, and another form to keep.
    if (tokens) await rewriteTokens(tokens)
  } catch (error) {
    drafts.drop()
    throw error
  }
  drafts.commit()
  const base = baseFromHere(compiled.root, io.cwd)
  for (const edit of edits) say(io.stderr, describe(edit, compiled, base))
  return edits.length
}

/** Each edit once, none that overlaps, in the order of the files. */
function selectEdits({ diagnostics }: CompiledConfig): readonly Edit[] {
  const all = diagnostics.flatMap(({ fix }) => fix?.edits ?? [])
  const sorted = all.toSorted(
    ({ at: a }, { at: b }) =>
      a.file.localeCompare(b.file) ||
      a.start.line - b.start.line ||
      a.start.column - b.start.column,
  )
  const kept: Edit[] = []
  for (const edit of sorted) {
    const last = kept.at(-1)
    if (!last || isBehind(edit, last)) kept.push(edit)
  }
  return kept
}

/** An edit stays on its line. */
function isBehind({ at }: Edit, { at: last }: Edit): boolean {
  const { line, column } = last.end ?? last.start
  if (at.file !== last.file || at.start.line !== line) return true
  return at.start.column >= column
}

/** A faulty tokens file outside the folder: its content is not shown, so a fix
 * cannot be shown either. */
function refuseForeign({
  root,
  tokensFile,
  diagnostics,
}: CompiledConfig): void {
  for (const { at } of diagnostics) {
    if (!at || resolve(root, at.file) !== tokensFile) continue
    if (existsSync(tokensFile)) refuseElsewhere(root, at.file)
  }
}

function refuseElsewhere(root: string, name: string): void {
  const real = realpathSync(resolve(root, name))
  const inside = relative(realpathSync(root), real).split(sep)
  if (inside[0] === '..' || inside.includes('node_modules')) {
    throw new Unanswerable(
      `${name} is outside of the repository; nothing was written`,
    )
  }
}

function rewrite(
  { root, sources }: CompiledConfig,
  file: string,
  edits: readonly Edit[],
): Rewrite {
  const path = resolve(root, file)
  const name = file
  refuseElsewhere(root, file)
  const bytes = readRegular(path)
  const before = bytes.toString()
  // Places start here: the tokens file was read without its BOM.
  const text = sources.texts[file] ?? ''
  const mark = before.startsWith('\ufeff') && !/^\ufeff/.test(text)
  const whole = mark ? `\ufeff${text}` : text
  // A text that is not UTF-8 would be changed by writing it.
  if (before !== whole || !Buffer.from(before).equals(bytes)) {
    throw new Unanswerable(
      `${name} has changed since it was read; nothing was written`,
    )
  }
  const after = applyEdits(text, edits)
  return { path, name, before, text: mark ? `\ufeff${after}` : after }
}

function applyEdits(text: string, edits: readonly Edit[]): string {
  const lines = text.split('\n')
  // From the last edit, so that the columns of the others stay right.
  for (const { at, text: now } of edits.toReversed()) {
    const { start, end = start } = at
    const line = lines[start.line - 1] ?? ''
    lines[start.line - 1] =
      line.slice(0, start.column - 1) + now + line.slice(end.column - 1)
  }
  return lines.join('\n')
}

async function rewriteTokens({ path, name, before, text }: Rewrite) {
  await changeTokens(path, {
    edit: (there) => {
      if (there === before) return text
      throw new Unanswerable(
        `${name} has changed since it was read; nothing was written`,
      )
    },
    // Only a word may differ: the numbers of records and keys must be equal.
    expect: (rows) => {
      const after = parseTokens(path, text)
      return shapeOf(after) === shapeOf(rows) ? after : rows
    },
  })
}

function shapeOf(rows: TokenRows): string {
  return JSON.stringify(
    Object.entries(rows).map(([id, row]) => [id, Object.keys(row).length]),
  )
}

function describe(
  { at, text }: Edit,
  { sources }: CompiledConfig,
  base: string,
): Plain {
  const { file, start, end = start } = at
  const line = sources.texts[file]?.split('\n')[start.line - 1] ?? ''
  const was = line.slice(start.column - 1, end.column - 1)
  const place = formatPlace({ ...at, file: joinPath(base, file) })
  return plain`fixed ${place}  ${was} → ${text}\n`
}

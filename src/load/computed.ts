// Imports with a computed path: the bundler would search every folder for them.
// In: the text of a file. Out: the place of such an import.
// INVARIANT: finds everything that the bundler would treat as one; a text
// without any trace of one is not parsed.

import { SourceMap } from 'node:module'
import type { AnyNode } from 'acorn'
import { type Loader, transform } from 'esbuild'

export interface Place {
  /** As in esbuild: lines from 1, columns from 0. */
  readonly line: number
  readonly column: number
  /** Whether we cannot read the file. */
  readonly isStrange?: boolean
}

/** The words that may begin one, also with escapes. */
const TRACE = /\bimport\s*(?:\/[/*]|\()|\brequire\b|\\u/

export async function findComputedImport(
  text: string,
  loader: Loader,
): Promise<Place | undefined> {
  if (loader === 'json' || !TRACE.test(text)) return undefined
  // The bundle's own target: no newer syntax remains.
  const options = {
    loader,
    sourcemap: true,
    sourcefile: 'x',
    target: 'es2022',
  } as const
  // A syntax error is reported when the file is bundled.
  const plain = await transform(text, { ...options, tsconfigRaw: '{}' }).catch(
    () => undefined,
  )
  if (!plain) return undefined
  const program = await read(plain.code)
  // Syntax that is not followed could contain one.
  if (!program) return { line: 1, column: 0, isStrange: true }
  const found = findComputed(program)
  if (!found?.loc) return undefined
  const { line, column } = found.loc.start
  const entry = new SourceMap(JSON.parse(plain.map)).findEntry(line - 1, column)
  return 'originalLine' in entry
    ? { line: entry.originalLine + 1, column: entry.originalColumn }
    : { line: 1, column: 0 }
}

/** As a module, or as CommonJS. */
async function read(code: string): Promise<AnyNode | undefined> {
  const { parse } = await import('acorn')
  for (const sourceType of ['module', 'script'] as const) {
    try {
      return parse(code, {
        ecmaVersion: 'latest',
        sourceType,
        locations: true,
        allowReturnOutsideFunction: true,
        allowHashBang: true,
      })
    } catch {
      // The caller checks these.
    }
  }
  return undefined
}

/** Without recursion, because anybody can write the text. */
function findComputed(program: AnyNode): AnyNode | undefined {
  const left: AnyNode[] = [program]
  for (let node = left.pop(); node; node = left.pop()) {
    if (node.type === 'ImportExpression' && !isText(node.source)) return node
    if (
      node.type === 'CallExpression' &&
      isRequire(node.callee) &&
      !isText(node.arguments[0])
    ) {
      return node
    }
    for (const child of Object.values(node).flat()) {
      if (typeof child?.type === 'string') left.push(child)
    }
  }
  return undefined
}

/** `require` and `require.resolve`. */
function isRequire(node: AnyNode): boolean {
  const callee = node.type === 'MemberExpression' ? node.object : node
  return callee.type === 'Identifier' && callee.name === 'require'
}

function isText(node: AnyNode | undefined): boolean {
  return node?.type === 'Literal' && typeof node.value === 'string'
}

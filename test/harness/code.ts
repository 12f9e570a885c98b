// What the code of one source file does: rules over its syntax tree.
// In: a path and its text. Out: one sentence per violation.
// INVARIANT: comments, strings and types never count as code.

import { type AnyNode, parse } from 'acorn'
import { transformSync } from 'esbuild'
import type { Source } from './imports.ts'

/** Judges every statement of the module's top level. */
export function eachTopLevel(
  sources: readonly Source[],
  judge: (node: AnyNode) => string | undefined,
): readonly string[] {
  return sources.flatMap((source) => {
    const program = parseCode(source)
    if (program.type !== 'Program') return []
    return program.body
      .map((node) => judge(declared(node)))
      .filter((found) => found !== undefined)
      .map((found) => `${source.path}: ${found}`)
  })
}

export function findMember(
  source: Source,
  object: string,
  property: string,
): readonly string[] {
  const found: string[] = []
  walk(parseCode(source), (node) => {
    if (node.type !== 'MemberExpression') return
    if (node.object.type !== 'Identifier') return
    if (node.object.name !== object) return
    const key = node.property
    const name = key.type === 'Identifier' ? key.name : undefined
    const literal = key.type === 'Literal' ? key.value : undefined
    if (name === property || literal === property) {
      found.push(`${source.path}: ${object}.${property}`)
    }
  })
  return found
}

/** Reading an instant is pure; asking what time it is is not. */
export function findImpure(source: Source): readonly string[] {
  const found = [...findMember(source, 'Math', 'random')]
  const impure = ['process', 'globalThis', 'performance', 'crypto', 'fetch']
  walk(parseCode(source), (node, parent) => {
    if (!isReference(node, parent) || node.type !== 'Identifier') return
    if (impure.includes(node.name)) found.push(`${source.path}: ${node.name}`)
    if (node.name !== 'Date' || !parent) return
    const reads =
      (parent.type === 'MemberExpression' &&
        parent.property.type === 'Identifier' &&
        ['parse', 'UTC'].includes(parent.property.name)) ||
      (parent.type === 'NewExpression' && parent.arguments.length > 0) ||
      (parent.type === 'BinaryExpression' && parent.operator === 'instanceof')
    if (!reads) found.push(`${source.path}: Date as a clock`)
  })
  return found
}

function declared(node: AnyNode): AnyNode {
  if (node.type !== 'ExportNamedDeclaration') return node
  return node.declaration ?? node
}

/** The program's tree after types and comments are gone. */
function parseCode({ path, text }: Source): AnyNode {
  const { code } = transformSync(text, {
    loader: 'ts',
    target: 'esnext',
    sourcefile: path,
  })
  return parse(code, {
    ecmaVersion: 'latest',
    sourceType: 'module',
    allowHashBang: true,
  })
}

/** Visits every node, with its parent. */
function walk(
  node: AnyNode,
  visit: (node: AnyNode, parent: AnyNode | undefined) => void,
  parent?: AnyNode,
): void {
  visit(node, parent)
  for (const value of Object.values(node)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (typeof item?.type === 'string') walk(item, visit, node)
    }
  }
}

/** Whether an identifier is read here: not a property's name, not a key. */
function isReference(node: AnyNode, parent: AnyNode | undefined) {
  if (node.type !== 'Identifier') return false
  if (parent?.type === 'MemberExpression') {
    return parent.computed || parent.object === node
  }
  if (parent?.type === 'Property' || parent?.type === 'PropertyDefinition') {
    return parent.computed || parent.value === node
  }
  return parent?.type !== 'MethodDefinition'
}

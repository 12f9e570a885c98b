// The values of the names of a module.
// In: its syntax tree. Out: the expression of each name, and whether one reads
// the environment.
// INVARIANT: only the outermost names; declarations in functions do not count.

import type { AnyNode, Program } from 'acorn'

export type Declarations = ReadonlyMap<string, AnyNode>

/** Declarations between a value and the environment. */
const MAX_INDIRECT = 3

export function nameOf(key: AnyNode, computed: boolean): string | undefined {
  if (key.type === 'Literal') return String(key.value)
  return key.type === 'Identifier' && !computed ? key.name : undefined
}

export function readDeclarations(program: Program): Declarations {
  const found = new Map<string, AnyNode>()
  for (const statement of program.body) {
    if (statement.type === 'FunctionDeclaration') {
      found.set(statement.id.name, statement)
    }
    if (statement.type !== 'VariableDeclaration') continue
    for (const { id, init } of statement.declarations) {
      if (id.type === 'Identifier' && init) found.set(id.name, init)
      if (id.type !== 'ObjectPattern' || !init) continue
      for (const part of id.properties) {
        if (part.type !== 'Property' || part.value.type !== 'Identifier') {
          continue
        }
        const { start, end, loc, key: property, computed } = part
        const taken = { start, end, ...(loc && { loc }), property, computed }
        const member = { ...taken, object: init, optional: false }
        found.set(part.value.name, { type: 'MemberExpression', ...member })
      }
    }
  }
  return found
}

/** The bundler's form of `process.env`. */
export const ENVIRONMENT = 'emptyEnvironment'

/** `process.env` itself, or a declaration that was made from it. */
export function readsEnvironment(
  node: AnyNode,
  declarations: Declarations,
  steps = 0,
): boolean {
  const names = collect(node, 'Identifier')
  const itself = names.some((one) => nameOf(one, false) === ENVIRONMENT)
  if (itself || steps > MAX_INDIRECT) return itself
  return names.some((one) => {
    const declared =
      one.type === 'Identifier' ? declarations.get(one.name) : undefined
    if (!declared || declared === node) return false
    return readsEnvironment(declared, declarations, steps + 1)
  })
}

export function collect(node: AnyNode, type: string): readonly AnyNode[] {
  const own = node.type === type ? [node] : []
  const children = Object.values(node).flat()
  const nodes = children.filter((child) => typeof child?.type === 'string')
  return [...own, ...nodes.flatMap((child) => collect(child, type))]
}

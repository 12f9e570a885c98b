// From a path into the exported value to the expression in the source.
// In: the bundle's JavaScript. Out: the position of the member's key or the
// array's element, through identifiers, spreads, wrapping calls, functions.
// INVARIANT: reads only the syntax; a computed value ends the path early.

import type { AnyNode, Program } from 'acorn'
import { parse } from 'acorn'
import type { Position } from '../contract/diagnostic.ts'
import {
  collect,
  type Declarations,
  nameOf,
  readDeclarations,
  readsEnvironment,
} from './declarations.ts'

/** `missing`: how many segments of the path are not visible in the source. */
export interface Nearest {
  readonly position: Position
  readonly missing: number
  /** Position of the member's value, if it is a literal text. */
  readonly text?: Position
}

export interface Tree {
  readonly find: (path: readonly string[]) => Nearest | undefined
  /** Whether the value there, or the call that makes it, reads it. */
  readonly readsEnvironment: (path: readonly string[]) => boolean
  readonly loops: () => readonly Position[]
}

interface Found {
  readonly at: AnyNode
  /** The value, as far as its path is visible. */
  readonly value: AnyNode
  readonly missing: number
}

/** Longer chains than this are circles. */
const MAX_STEPS = 200

export function readTree(code: string): Tree {
  const program = parse(code, {
    ecmaVersion: 'latest',
    sourceType: 'module',
    locations: true,
  })
  const declarations = readDeclarations(program)
  const root = findDefaultExport(program, declarations)
  return {
    find: (path) => {
      if (!root) return undefined
      const found = new Search(declarations).follow(root, path, root)
      const { at, missing, value } = found
      const nearest = { position: positionOf(at), missing }
      return missing === 0 && isText(value)
        ? { ...nearest, text: positionOf(value) }
        : nearest
    },
    readsEnvironment: (path) => {
      if (!root) return false
      const own = new Search(declarations).follow(root, path, root)
      const { value } = isParameter(own, declarations)
        ? new Search(declarations).follow(root, path.slice(0, -1), root)
        : own
      return readsEnvironment(value, declarations)
    },
    loops: () => findLoops(program).map(positionOf),
  }
}

/** One walk along one path. */
class Search {
  private steps = 0
  private readonly declarations: Declarations

  constructor(declarations: Declarations) {
    this.declarations = declarations
  }

  follow(node: AnyNode, path: readonly string[], at: AnyNode): Found {
    const lost = { at, value: node, missing: path.length }
    if (path.length === 0 || this.steps++ > MAX_STEPS) return lost
    const ways = this.waysOn(node, path, at)
    return ways.reduce(
      (best, way) => (way.missing < best.missing ? way : best),
      lost,
    )
  }

  private waysOn(
    node: AnyNode,
    path: readonly string[],
    at: AnyNode,
  ): readonly Found[] {
    const along = (...nodes: readonly (AnyNode | null | undefined)[]) =>
      nodes.flatMap((next) => (next ? [this.follow(next, path, at)] : []))
    switch (node.type) {
      case 'ObjectExpression':
        return this.intoObject(node, path, at)
      case 'ArrayExpression':
        return this.intoArray(node, path, at)
      case 'Identifier':
        return along(this.declarations.get(node.name))
      case 'CallExpression':
        return along(...node.arguments, node.callee)
      case 'ArrowFunctionExpression':
      case 'FunctionExpression':
      case 'FunctionDeclaration':
        return along(...findReturned(node.body))
      case 'ConditionalExpression':
        return along(node.consequent, node.alternate)
      case 'LogicalExpression':
        return along(node.left, node.right)
      case 'SequenceExpression':
        return along(node.expressions.at(-1))
      case 'AwaitExpression':
        return along(node.argument)
      case 'MemberExpression': {
        const name = nameOf(node.property, node.computed)
        if (name === undefined) return []
        const found = this.follow(node.object, [name, ...path], at)
        return found.missing < path.length ? [found] : []
      }
      default:
        return []
    }
  }

  /** The last member of that name, in a spread or not. */
  private intoObject(
    node: AnyNode & { type: 'ObjectExpression' },
    path: readonly string[],
    at: AnyNode,
  ): readonly Found[] {
    for (const member of [...node.properties].reverse()) {
      if (member.type === 'SpreadElement') {
        const found = this.follow(member.argument, path, at)
        if (found.missing < path.length) return [found]
      } else if (nameOf(member.key, member.computed) === path[0]) {
        return [this.follow(member.value, path.slice(1), member.key)]
      }
    }
    return []
  }

  private intoArray(
    node: AnyNode & { type: 'ArrayExpression' },
    path: readonly string[],
    at: AnyNode,
  ): readonly Found[] {
    let left = Number(path[0])
    for (const element of node.elements) {
      if (element?.type === 'SpreadElement') {
        const length = this.lengthOf(element.argument)
        if (length === undefined) return []
        if (left < length) {
          const rest = [String(left), ...path.slice(1)]
          return [this.follow(element.argument, rest, at)]
        }
        left -= length
      } else if (left-- === 0 && element) {
        return [this.follow(element, path.slice(1), element)]
      }
    }
    return []
  }

  /** An element of a literal array; undefined for a computed one. */
  private lengthOf(node: AnyNode | undefined): number | undefined {
    if (this.steps++ > MAX_STEPS) return undefined
    if (node?.type === 'Identifier') {
      return this.lengthOf(this.declarations.get(node.name))
    }
    if (node?.type !== 'ArrayExpression') return undefined
    return node.elements.reduce<number | undefined>((sum, element) => {
      const spread = element?.type === 'SpreadElement'
      const inner = spread ? this.lengthOf(element.argument) : 1
      return sum === undefined || inner === undefined ? undefined : sum + inner
    }, 0)
  }
}

/** The argument of a helper: only its call contains it. */
function isParameter(
  { value, missing }: Found,
  declarations: Declarations,
): boolean {
  if (missing > 0 || value.type !== 'Identifier') return missing > 0
  return value.name !== 'undefined' && !declarations.has(value.name)
}

function positionOf({ loc }: AnyNode): Position {
  const { line = 1, column = 0 } = loc?.start ?? {}
  return { line, column: column + 1 }
}

function isText(node: AnyNode): boolean {
  if (node.type === 'TemplateLiteral') return node.expressions.length === 0
  return node.type === 'Literal' && typeof node.value === 'string'
}

function findDefaultExport(
  program: Program,
  declarations: Declarations,
): AnyNode | undefined {
  for (const statement of program.body) {
    if (statement.type === 'ExportDefaultDeclaration') {
      return statement.declaration
    }
    if (statement.type !== 'ExportNamedDeclaration') continue
    for (const { exported, local } of statement.specifiers) {
      if (nameOf(exported, false) !== 'default') continue
      return declarations.get(nameOf(local, false) ?? '')
    }
  }
  return undefined
}

/** The result of a function's body: itself, or its own `return`s. */
function findReturned(body: AnyNode): readonly AnyNode[] {
  if (body.type !== 'BlockStatement') return [body]
  return collect(body, 'ReturnStatement').flatMap((node) =>
    node.type === 'ReturnStatement' && node.argument ? [node.argument] : [],
  )
}

function findLoops(program: Program): readonly AnyNode[] {
  const loops = ['WhileStatement', 'DoWhileStatement', 'ForStatement']
  return loops.flatMap((type) => collect(program, type))
}

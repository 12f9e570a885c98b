// The kinds of values that keys of the config have, and the name of each.
// In: nodes of the schema. Out: Markdown, with links to the section on kinds.
// INVARIANT: a kind with an anchor is described once, in that section.

import type { ConfigSchema, SchemaNode } from './config-rows.ts'

interface Kind {
  readonly label: string
  /** Where it is described; without one, the label says all. */
  readonly anchor?: string
  /** Where its keys are, if it has some of its own. */
  readonly path?: string
}

/** Definitions of the schema that are not described at each key. */
export const KINDS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['name', { label: 'name', anchor: 'kind-name' }],
  ['reference', { label: 'declared name' }],
  ['references', { label: 'list of declared names' }],
  ['texts', { label: 'list of texts' }],
  ['count', { label: 'whole number from 1' }],
  ['port', { label: 'port' }],
  ['duration', { label: 'duration', anchor: 'kind-duration' }],
  ['size', { label: 'size in bytes', anchor: 'kind-size' }],
  ['instant', { label: 'time', anchor: 'kind-instant' }],
  ['path', { label: 'path', anchor: 'kind-path' }],
  ['cidr', { label: 'address block', anchor: 'kind-cidr' }],
  ['hostValue', { label: 'host', anchor: 'kind-host' }],
  ['origin', { label: 'origin', anchor: 'kind-origin' }],
  ['pointers', { label: 'list of JSON pointers' }],
  ['lintCode', { label: 'code of a lint' }],
  ['variable', { label: 'name of a variable' }],
  ['schemeName', { label: 'name of a scheme' }],
  ['bypass', { label: 'host or address block', anchor: 'kind-bypass' }],
  ['member', { label: 'name of a member' }],
  ['scope', { label: 'scope' }],
  ['account', { label: 'name or number of an account' }],
  ['scalar', { label: 'text, number, `true`, `false` or `null`' }],
  ['tokenId', { label: 'id of a token', anchor: 'kind-token-id' }],
  [
    'secretRef',
    { label: 'place of a secret', anchor: 'secret', path: 'secret' },
  ],
  ['value', { label: 'value', anchor: 'value', path: 'value' }],
  ['secretHolder', { label: '`secret(…)`', anchor: 'value', path: 'value' }],
  ['values', { label: '[values](#value) for each name' }],
  ['written', { label: 'text with secrets', anchor: 'join', path: 'join' }],
  ['address', { label: 'address', anchor: 'join', path: 'join' }],
  ['part', { label: 'text or secret', anchor: 'join', path: 'join' }],
  ['selector', { label: 'selector', anchor: 'entry', path: 'entry' }],
  ['selectors', { label: '[entries](#entry) without `when`, for each server' }],
  ['entry', { label: 'entry', anchor: 'entry', path: 'entry' }],
  ['entries', { label: '[entries](#entry) for each server' }],
  [
    'constraint',
    { label: 'condition', anchor: 'condition', path: 'condition' },
  ],
])

export function describeType(node: SchemaNode, schema: ConfigSchema): string {
  const name = node.$ref?.replace('#/$defs/', '')
  if (name !== undefined) {
    const kind = KINDS.get(name)
    if (kind?.anchor) return `[${kind.label}](#${kind.anchor})`
    if (kind) return kind.label
    return describeType(schema.$defs[name] ?? {}, schema)
  }
  const { enum: choices, const: value, additionalProperties } = node
  const items = node.items ?? node.then?.items
  if (value !== undefined) return `\`${value}\``
  if (choices) return joinWords(choices.map((one) => `\`${one}\``))
  if (node.type === 'array' || items) {
    const one = items ? describeType(items, schema) : 'anything'
    return node.type === 'array' ? `list: ${one}` : `${one}, or a list: ${one}`
  }
  if (node.type === 'object' || node.oneOf) {
    if (typeof additionalProperties !== 'object') return 'group of keys'
    return `for each name: ${describeType(additionalProperties, schema)}`
  }
  return describeScalar(node)
}

function describeScalar({ type = [], minimum, maximum }: SchemaNode): string {
  const types = typeof type === 'string' ? [type] : type
  const words = types.map((one) => {
    if (one === 'boolean')
      return types.length > 1 ? '`false`' : '`true` or `false`'
    if (one === 'integer' || one === 'number') {
      const bounds = maximum === undefined ? '' : `, ${minimum} to ${maximum}`
      return `${one === 'integer' ? 'whole number' : 'number'}${bounds}`
    }
    return one === 'string' ? 'text' : one
  })
  return words.length === 0 ? 'anything' : joinWords(words)
}

function joinWords(words: readonly string[]): string {
  if (words.length < 2) return words.join('')
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}

// Lint of tools behind which a server hides others.
// In: the scene. Out: findings at the entries that allow such a tool.
// INVARIANT: judges the locked schema; a tool is reported only if an argument
// chooses what runs, and no condition of the entry is about that argument.

import type { Diagnostic } from '../../contract/diagnostic.ts'
import type { Definition } from '../../contract/lock.ts'
import type { Entry } from '../../contract/table.ts'
import { quote } from '../../diagnostics/credential.ts'
import { finding } from '../../diagnostics/report.ts'
import { entriesOf } from '../../table/decide.ts'
import { nameOf } from '../../table/lock.ts'
import type { Scene } from './scene.ts'

interface Dispatcher {
  readonly server: string
  readonly tool: string
  /** The argument that chooses what runs. */
  readonly by: string
  readonly isCode: boolean
}

/** GW4026: granting the tool grants everything behind it. */
export function findDispatchers(scene: Scene): readonly Diagnostic[] {
  const { linked } = scene
  const found = Object.entries(linked.definitions).flatMap(
    ([server, { tools }]) =>
      tools.flatMap((one): readonly Dispatcher[] => {
        const tool = nameOf('tools', one)
        const by = findChooser(tool, one)
        return by ? [{ server, tool, ...by }] : []
      }),
  )
  const told = new Map<string, Diagnostic>()
  for (const one of found) {
    for (const { rule } of listGrants(scene, one)) {
      const key = `${rule} ${one.tool}`
      if (!told.has(key)) told.set(key, describe(one, rule))
    }
  }
  return [...told.values()]
}

function describe({ server, tool, by, isCode }: Dispatcher, rule: string) {
  const who = quote(`${server}/${tool}`)
  const what = isCode
    ? `runs the code in its argument ${quote(by)}`
    : `runs whatever its argument ${quote(by)} names`
  const message = `${who} ${what}: granting it grants everything behind it`
  const help = isCode
    ? 'allow it only to people who may do everything that the server can; or let the server list its tools one by one'
    : `let the server list its tools one by one, or add a condition: when: { ${by}: { in: ['…'] } }`
  return finding('GW4026', rule, message, { help })
}

/** Entries that allow the tool whatever that argument is. */
function listGrants(scene: Scene, one: Dispatcher): readonly Entry[] {
  const { linked, matches, lists } = scene
  const { server, tool: name, by } = one
  return Object.entries(linked.roles).flatMap(([role, { allow }]) => {
    const entries = entriesOf(allow, server).filter((entry) => {
      if (!('tool' in entry)) return false
      const told = Object.keys(entry.when ?? {})
      if (told.some((key) => key === by || key === `/${by}`)) return false
      return matches(server, 'tool', entry.tool)?.includes(name) ?? false
    })
    if (entries.length === 0) return []
    return lists({ roles: [role], tools: null }, { server, name })
      ? entries
      : []
  })
}

/** Names of an argument that chooses, and of those that are passed on. */
const CHOOSERS =
  /^(?:name|action|method|function|command|operation(?:_?id|_?name)?|(?:tool|function|action)_?name|tool(?:_?id)?)$/i
const PASSED =
  /^(?:arg(?:ument)?s|param(?:eter)?s|inputs?|payload|(?:tool_?)?(?:arguments|input|args))$/i
const CODE = /^(?:\w+_)?(?:code|script)$/i
const RUNS = /^(?:run|exec|execute|eval|evaluate)(?:[_-]|$)/i
const LANGUAGES = /\b(?:javascript|typescript|python|script|execute[sd]?)\b/i

function findChooser(
  tool: string,
  { inputSchema }: Definition,
): Pick<Dispatcher, 'by' | 'isCode'> | undefined {
  const properties = Object.entries(
    Object(Object(inputSchema).properties) as Record<string, unknown>,
  )
  const free = properties.filter(([, schema]) => isFreeText(schema))
  const passed = properties.some(
    ([name, schema]) => PASSED.test(name) && isFreeObject(schema),
  )
  const chooser = free.find(([name]) => CHOOSERS.test(name))
  if (chooser && passed) return { by: chooser[0], isCode: false }
  const code = free.find(
    ([name, schema]) =>
      CODE.test(name) &&
      (RUNS.test(tool) || LANGUAGES.test(String(Object(schema).description))),
  )
  return code && { by: code[0], isCode: true }
}

/** A text that may be anything. */
function isFreeText(schema: unknown): boolean {
  const { type, enum: among, const: one, pattern, format } = Object(schema)
  if (among !== undefined || one !== undefined) return false
  if (pattern !== undefined || format !== undefined) return false
  return [type].flat().includes('string')
}

/** An object whose members the schema does not name. */
function isFreeObject(schema: unknown): boolean {
  const { type, properties, additionalProperties } = Object(schema)
  if (![type].flat().includes('object')) return false
  const named = Object.keys(Object(properties)).length > 0
  return !named && additionalProperties !== false
}

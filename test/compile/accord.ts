// Everything that answers "may this be used?" gives the one answer: decide(),
// `gateway explain`, `gateway diff`, expectations, and a gateway that serves.

import t from 'tap'
import type { Artefact, RoutingTable } from '../../src/contract/table.ts'
import { Routing } from '../../src/runtime/catalog/routing.ts'
import type { Principal } from '../../src/runtime/catalog/view.ts'
import { readMessage } from '../../src/runtime/message/message.ts'
import { USES } from '../../src/runtime/message/methods.ts'
import { decisionOf } from '../../src/runtime/message/refusal.ts'
import type { Exchange } from '../../src/runtime/request.ts'
import { makePrincipal } from '../../src/runtime/stages/authenticate.ts'
import { authorize } from '../../src/runtime/stages/authorize.ts'
import type { Catalog } from '../../src/runtime/upstream/catalog.ts'
import {
  type Definition,
  makeDefinition,
} from '../../src/runtime/upstream/definition.ts'
import { decide } from '../../src/table/decide.ts'
import { diffArtefacts } from '../../src/table/diff/diff.ts'
import { runExpectations, whoOf } from '../../src/table/expect.ts'
import { explainUse, type Verdict } from '../../src/table/explain.ts'
import {
  type Holder,
  listHolders,
  makeArtefact,
} from '../harness/judged-config.ts'
import { holdFor } from '../harness/property.ts'
import { authored, callArguments, NAMES } from '../harness/random-config.ts'

/** Of servers that list every name; of locked ones, as it is locked. */
function listCatalogs({ table, definitions }: Artefact) {
  return new Map(
    Object.keys(table.servers).map((server) => {
      const locked = Object.hasOwn(table.lock, server)
        ? definitions[server]?.tools
        : undefined
      const tools = NAMES.map((name) => {
        const known = locked?.find((one) => one.name === name)
        return define({
          inputSchema: { type: 'object' },
          ...known,
          name,
        })
      })
      const lists = { tools, prompts: [], resources: [], templates: [] }
      const handshake = { version: '', capabilities: {}, instructions: null }
      const whole = {
        handshake: {
          era: 'legacy' as const,
          ...handshake,
          serverInfo: null,
        },
        lists,
        failures: [],
        oddities: [],
        ttl: undefined,
      }
      return [server, whole satisfies Catalog] as const
    }),
  )
}

function define(definition: Named): Definition {
  const { name, ...rest } = definition
  const text = JSON.stringify({ name, ...rest })
  const nameStart = '{"name":'.length
  const nameEnd = nameStart + JSON.stringify(name).length
  const bytes = Buffer.from(text)
  return makeDefinition('tools', { name, bytes, nameStart, nameEnd })
}

interface Named {
  readonly name: string
  readonly [key: string]: unknown
}

/** What a client that calls it would be told, by the audit's word. */
function call(
  routing: Routing,
  principal: Principal,
  exposed: string,
  args: object,
): string {
  const params = { name: exposed, arguments: args }
  const request = { jsonrpc: '2.0', id: 1, method: 'tools/call', params }
  const message = readMessage(Buffer.from(JSON.stringify(request)), 64)
  const method = USES.legacy.get('tools/call')
  if ('refusal' in message || !method) throw new Error('not a call')
  const head = { mcpName: exposed }
  const known = { routing, principal, message, head }
  const exchange = known as unknown as Exchange
  const told = authorize(exchange, method, undefined)
  return 'refusal' in told ? decisionOf(told) : 'allowed'
}

/** What the gateway says where `explain` says that; `unknown` to nobody who
 * asks for what a server does list. */
const SERVED: Readonly<Record<Verdict, string>> = {
  allowed: 'allowed',
  denied: 'denied',
  constrained: 'denied',
  withheld: 'withheld',
  unknown: 'denied',
}

t.test('a gateway serves what is explained', async (t) => {
  const seen = new Set<string>()
  holdFor(t, [authored, callArguments], 25, (authored, args) => {
    const artefact = makeArtefact(authored)
    const { table } = artefact
    const routing = new Routing(artefact, listCatalogs(artefact), [])
    for (const [id, token] of Object.entries(table.tokens)) {
      const principal = makePrincipal(routing, token)
      const who = { kind: 'token', name: id } as const
      for (const server of Object.keys(table.servers)) {
        for (const name of NAMES) {
          const use = { server, kind: 'tool' as const, name }
          const exposed = `${table.servers[server]?.prefix}${name}`
          const title = `token ${id}, ${server}/${name}`
          const said = explainUse(table, who, use, { value: args }).verdict
          const told = call(routing, principal, exposed, args)
          seen.add(said)
          if (told !== SERVED[said])
            throw new Error(`${title}: ${told}, ${said}`)
          const may = explainUse(table, who, use).verdict === 'allowed'
          if (principal.view.tools.has(exposed) !== may) {
            throw new Error(`${title}: is ${may ? 'not ' : ''}listed`)
          }
        }
      }
    }
  })
  t.same([...seen].sort(), Object.keys(SERVED).sort(), 'every verdict came')
})

t.test('explanations and expectations are decisions', async (t) => {
  const words = { allow: 'allowed', deny: 'denied', constrained: 'constrained' }
  holdFor(t, [authored, callArguments], 25, (authored, args) => {
    const { table } = makeArtefact(authored)
    for (const holder of listHolders(table)) {
      const { principal, grantee, title } = holder
      for (const server of Object.keys(table.servers)) {
        for (const name of NAMES) {
          const locked = isLocked(table, server, name)
          for (const value of [undefined, args]) {
            const judged = value && { value }
            const use = { server, kind: 'tool' as const, name }
            const { verdict } = decide(
              table,
              grantee,
              server,
              'tool',
              name,
              judged,
            )
            const said = explainUse(table, principal, use, judged).verdict
            const hidden = verdict === 'deny' ? 'unknown' : 'withheld'
            const wanted = locked ? words[verdict] : hidden
            if (said !== wanted) throw new Error(`${title}: ${said}, ${wanted}`)
            const met = meets(table, holder, server, name, value)
            if (met === (verdict === 'allow')) continue
            throw new Error(`${title}, ${server}/${name}: expected ${met}`)
          }
        }
      }
    }
  })
})

function isLocked({ lock }: RoutingTable, server: string, name: string) {
  if (!Object.hasOwn(lock, server)) return true
  return Object.hasOwn(lock[server]?.tools ?? {}, name)
}

/** Whether an expectation that it is allowed holds. */
function meets(
  table: RoutingTable,
  { principal }: Holder,
  server: string,
  name: string,
  args: Readonly<Record<string, unknown>> | undefined,
): boolean {
  const rule = '/tests/e'
  const allow = { [server]: { rule, entries: [{ tool: name, rule }] } }
  const rest = { allow, deny: {}, args: args ?? null, rule }
  const tests = { e: { who: whoOf(principal), ...rest } }
  return runExpectations({ ...table, tests }).length === 0
}

t.test('a diff with nothing tells all that is allowed', async (t) => {
  holdFor(t, [authored], 25, (authored) => {
    const artefact = makeArtefact(authored)
    const { table } = artefact
    const told = new Set(
      diffArtefacts(null, artefact).rows.flatMap((row) =>
        [row.principal, ...row.holders].flatMap(({ kind, name }) =>
          row.uses.map(
            (use) => `${kind} ${name} ${use.server}/${use.name} ${use.kind}`,
          ),
        ),
      ),
    )
    for (const { principal, grantee, title } of listHolders(table)) {
      if (principal.kind === 'token') continue
      for (const [server, { tools }] of Object.entries(table.lock)) {
        for (const name of Object.keys(tools)) {
          const key = `${title} ${server}/${name} tool`
          const { verdict } = decide(table, grantee, server, 'tool', name)
          if (told.has(key) === (verdict === 'allow')) continue
          throw new Error(`${key}: ${verdict}`)
        }
      }
    }
  })
})

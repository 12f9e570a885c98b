// Servers that fail, refuse, or take their time: what is held back, and what
// status, log and metrics say of it.

import { FINE, wantSaid } from '../harness/odd/said.ts'
import type { OddServer, WildCase, World } from './case.ts'

const stateOf = async ({ status }: World) => (await status()).servers[0]

/** A stdio program; `call` is what it does with a call, `start` before all. */
const program = (call: string, start = '') => `
  ${start}
  const say = (id, result) => console.log(JSON.stringify({ jsonrpc: '2.0', id, result }))
  const serve = () => require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const { id, method, params } = JSON.parse(line)
    if (id === undefined) return
    if (method === 'initialize') say(id, { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'p', version: '1' } })
    else if (method === 'tools/list') say(id, { tools: [{ name: 'echo', inputSchema: { type: 'object' } }] })
    else { ${call} }
  })`

const FINE_CALL = `say(id, { content: [{ type: 'text', text: 'fine' }] })`

/** Five failures, then it is left alone; one call finds out that it is well. */
function broken(id: string, server: OddServer, heals: boolean): WildCase {
  return {
    id: `W26 ${id}`,
    servers: {
      odd: { ...server, config: { breaker: { failures: 5, open: '30s' } } },
    },
    expect: async (world) => {
      const { advance, call, want } = world
      for (let i = 0; i < 5; i++)
        await wantSaid(
          world,
          /^error: Server odd (failed|ended|is not available)/,
        )
      const asked = countCalls(world)
      for (let i = 0; i < 5; i++) {
        await wantSaid(
          world,
          /^error: Server odd is failing; the next try is in \d+ s\.$/,
        )
      }
      want(countCalls(world) === asked, 'it is left alone')
      const one = await stateOf(world)
      want(one?.state === 'failing', `state ${one?.state}`)
      want(/the next try is in/.test(one?.reason ?? ''), one?.reason ?? '')
      const told = world.log().filter(({ msg }) => msg === 'failing')
      want(told.length === 1, `logged ${told.length} times`)
      await advance(61_000)
      const probes = await Promise.all([call('odd__echo'), call('odd__echo')])
      const held = probes.filter(({ result }) =>
        /is failing; a call is trying it/.test(
          result?.content?.[0]?.text ?? '',
        ),
      )
      want(held.length === 1, `${held.length} of two were held back`)
      if (!heals) return wantSaid(world, /is failing; the next try/)
      await wantSaid(world, 'fine')
      want((await stateOf(world))?.state === 'up', 'it is up again')
    },
  }
}

const countCalls = ({ servers }: World) =>
  servers.odd?.requests.filter(({ method }) => method === 'tools/call').length

const BREAKERS: readonly WildCase[] = [
  broken(
    'an upstream that fails every call',
    { answers: { 'tools/call': { status: 500, after: 20 } } },
    false,
  ),
  broken(
    'an upstream that heals',
    {
      answers: {
        'tools/call': (_, count) =>
          count <= 5 ? { status: 503 } : { result: FINE, after: 50 },
      },
    },
    true,
  ),
  {
    id: 'W26 a program that dies soon after each start',
    servers: {
      odd: {
        program: `${program(FINE_CALL, 'setTimeout(() => process.exit(1), 200)')}\nserve()`,
      },
    },
    expect: async ({ call, servers, until }) => {
      let held = 0
      const isHeld = async () => {
        const { result, error } = await call('odd__echo')
        const text = result?.content?.[0]?.text ?? error?.message ?? ''
        if (/is failing/.test(text)) held++
        return held >= 20
      }
      await until(isHeld, 'it is left alone')
      return `${servers.odd?.starts} starts`
    },
  },
]

/** It refuses the gateway until `heals` calls have come. */
function unauthorized(status: number): WildCase {
  return {
    id: `N3 every call answered ${status}`,
    servers: {
      odd: {
        answers: {
          'tools/call': (_, count) =>
            count <= 10 ? { status } : { result: FINE },
        },
        config: { headers: { authorization: { bearer: 'env:PATH' } } },
      },
    },
    expect: async (world) => {
      const { log, want } = world
      for (let i = 0; i < 10; i++)
        await wantSaid(
          world,
          new RegExp(`refused the gateway \\(HTTP ${status}\\)`),
        )
      const one = await stateOf(world)
      want(one?.state === 'unauthorized', `state ${one?.state}`)
      want(
        /header authorization from env:PATH/.test(one?.reason ?? ''),
        one?.reason ?? '',
      )
      want(!one?.reason?.includes(process.env.PATH ?? '-'), 'never the secret')
      const told = log().filter(({ msg }) => msg === 'unauthorized')
      want(told.length === 1, `logged ${told.length} times`)
      await wantSaid(world, 'fine')
      want((await stateOf(world))?.state === 'up', 'its recovery is noticed')
    },
  }
}

const REFUSING: readonly WildCase[] = [
  unauthorized(401),
  unauthorized(403),
  {
    id: 'N3 a handshake answered 401',
    servers: {
      odd: {
        answers: { '*': { status: 401 } },
        config: { headers: { 'x-key': { secret: 'env:PATH' } } },
      },
    },
    expect: async (world) => {
      const one = await stateOf(world)
      world.want(one?.state === 'unauthorized', `state ${one?.state}`)
      world.want(
        /header x-key from env:PATH/.test(one?.reason ?? ''),
        one?.reason ?? '',
      )
    },
  },
]

const STARTING: readonly WildCase[] = [
  {
    id: 'W9 a first answer that is late',
    servers: {
      odd: {
        program: program(
          FINE_CALL,
          `console.error('downloading \\u001b[31m1 of 9'); setTimeout(() => serve(), 60_000)`,
        ),
        config: { startupTimeout: '20s' },
      },
    },
    expect: async (world) => {
      const one = await stateOf(world)
      world.want(one?.state === 'starting', `state ${one?.state}`)
      await world.until(
        async () =>
          /starting for .*it says: downloading .*1 of 9/.test(
            (await stateOf(world))?.reason ?? '',
          ),
        'its last line is shown',
      )
    },
  },
  {
    id: 'W9 a start that takes longer than it may is given more time',
    servers: {
      odd: {
        program: program(FINE_CALL, 'setTimeout(() => serve(), 1_500)'),
        config: { startupTimeout: '500ms' },
      },
    },
    expect: async (world) => {
      await world.until(
        async () => (await stateOf(world))?.state === 'up',
        'up in the end',
      )
      await world.until(
        async () =>
          (await world.call('odd__echo')).result?.content?.[0]?.text === 'fine',
        'called in the end',
      )
    },
  },
]

export const CASES: readonly WildCase[] = [
  ...BREAKERS,
  ...REFUSING,
  ...STARTING,
]

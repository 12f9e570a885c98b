// Attacks on what is cut: texts of a server that end within its secret. In: odd
// servers, and how long their texts are before it. Out: attacks that fail.

import type { OddServer, World } from '../wild/case.ts'
import { runCase } from '../wild/world.ts'
import type { Attack } from './case.ts'

const NAME = 'PORTCULLIS_TEST_CUT_SECRET'
const SECRET = 'key-0123456789-abcdefghij'

/** With a sign that a piece may end within. */
const NAME_IN_PIECES = `${NAME}_IN_PIECES`
const IN_PIECES = 'k\u00e9y-0123456789-abcdefghij'

/** What no log, status and answer may hold, of that which stays of a cut. */
const BEGINNING = /k\W+y-0|key-0/

const HEADERS = { headers: { authorization: { bearer: `env:${NAME}` } } }
const inEnv = (name: string) => ({
  env: { SECRET: { secret: `env:${name}` } },
})

/** Its last words on stderr, in pieces that end within a sign. */
const program = (pad: string) => `
  const bytes = Buffer.from('${pad}' + process.env.SECRET + '!!')
  const half = bytes.indexOf(0xc3) + 1
  process.stderr.write(bytes.subarray(0, half), () => setTimeout(() => {
    process.stderr.write(bytes.subarray(half), () => {
      process.stderr.write('\\n', () => setTimeout(() => process.exit(3), 50))
    })
  }, 50))`

const writeOnStderr =
  (name: string) =>
  (pad: string): OddServer => ({
    transport: 'stdio',
    program: program(pad),
    config: inEnv(name),
  })

/** Ways to say a text that is cut somewhere. */
const WAYS: Readonly<Record<string, (pad: string) => OddServer>> = {
  'on stderr': writeOnStderr(NAME),
  'on stderr in pieces': writeOnStderr(NAME_IN_PIECES),
  'as the type of a body': (pad) => ({
    config: HEADERS,
    answers: { '*': say({ 'content-type': `a/${pad}${SECRET}` }) },
  }),
  'as the encoding of a body': (pad) => ({
    config: HEADERS,
    answers: { '*': say({ 'content-encoding': `${pad}${SECRET}` }) },
  }),
  'as a version': (pad) => ({
    config: HEADERS,
    era: 'legacy',
    answers: {
      initialize: {
        result: {
          protocolVersion: `${pad}${SECRET}`,
          capabilities: {},
          serverInfo: { name: 'x', version: '1' },
        },
      },
    },
  }),
  'as the name of a tool that is hidden': (pad) => ({
    config: HEADERS,
    tools: [{ name: `${pad}${SECRET}`, inputSchema: 1 }],
  }),
  'as the code of an error': (pad) => ({
    config: HEADERS,
    answers: {
      'tools/call': { error: { code: `${pad}${SECRET}`, message: 'no' } },
    },
  }),
  'as instructions': (pad) => ({
    config: HEADERS,
    era: 'legacy',
    answers: {
      initialize: {
        result: {
          protocolVersion: '2025-11-25',
          capabilities: { tools: {} },
          serverInfo: { name: 'x', version: '1' },
          instructions: `${pad}${SECRET}`,
        },
      },
    },
  }),
}

function say(headers: Readonly<Record<string, string>>) {
  return { status: 200, headers, body: 'x' }
}

/** Bytes before the secret: just below what is kept, in each of the ways. */
const PADS = [20, 28, 58, 180, 196, 246, 252, 380, 396, 1_990, 1_996, 3_990]

async function listen(world: World): Promise<string> {
  await world.until(async () => {
    const { servers } = await world.status()
    return servers.every(({ state }) => state !== 'starting')
  }, 'it is up or down')
  const called: unknown[] = []
  for (const name of Object.keys(world.servers)) {
    called.push(await world.call(`${name}__echo`))
  }
  const { body } = await world.post('server/discover', {})
  const told = [called, await world.status(), world.log(), body]
  return JSON.stringify(told)
}

export const ATTACKS: readonly Attack[] = Object.entries(WAYS).map(
  ([way, make]) => ({
    id: `S13 a text that is cut within a secret, ${way}`,
    run: async () => {
      // Rows run beside each other: none takes them away.
      Object.assign(process.env, {
        [NAME]: SECRET,
        [NAME_IN_PIECES]: IN_PIECES,
      })
      const servers = PADS.map(
        (length) => [`odd${length}`, make('p'.repeat(length))] as const,
      )
      await runCase({
        id: 'S13',
        servers: Object.fromEntries(servers),
        expect: async (world) => {
          const told = await listen(world)
          const found = BEGINNING.exec(told)
          const place = told.slice(Math.max(0, (found?.index ?? 0) - 300))
          world.want(!found, place.slice(0, 400))
        },
      })
    },
  }),
)

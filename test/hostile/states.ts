// Attacks with request states: one paid call must not become several.
// In: a stateless server that asks before it answers. Out: attacks that fail.

import { readMessage } from '../harness/wire.ts'
import type { OddAnswer, World } from '../wild/case.ts'
import { runCase } from '../wild/world.ts'
import type { Attack } from './case.ts'

/** Asks once, or for ever where the arguments say so; answers late. */
const asks: OddAnswer = ({ params }) => {
  const given = params as {
    readonly arguments: { readonly chain?: boolean; readonly after?: number }
    readonly inputResponses?: object
  }
  const asked = {
    resultType: 'input_required',
    inputRequests: {},
    requestState: 'its own',
  }
  if (!given.inputResponses || given.arguments.chain) return { result: asked }
  const content = [{ type: 'text', text: 'done' }]
  const { after = 0 } = given.arguments
  return { result: { resultType: 'complete', content }, after }
}

type Try = (args: string, state?: string) => Promise<string>

function attack(
  id: string,
  limit: object,
  play: (ask: Try, world: World) => Promise<unknown>,
): Attack {
  return {
    id,
    run: () =>
      runCase({
        id,
        servers: { odd: { era: 'modern', answers: { 'tools/call': asks } } },
        config: { limits: { bound: { on: { odd: ['*'] }, ...limit } } },
        expect: (world) => play(makeTry(world), world),
      }),
  }
}

/** The state of an answer that asks; else `done`, or what was refused. */
function makeTry({ post }: World): Try {
  return async (args, state) => {
    const retry = state && { requestState: state, inputResponses: {} }
    const given = { name: 'odd__echo', arguments: JSON.parse(args), ...retry }
    const { body } = await post('tools/call', given)
    const { result, error } = readMessage(body)
    if (error) return error.message
    return result.requestState ?? result.content[0].text
  }
}

const INVALID = 'Invalid requestState'

export const ATTACKS: readonly Attack[] = [
  attack(
    'S7 a state for other arguments, and a second time',
    { calls: 9, per: 'hour' },
    async (ask, { want, servers }) => {
      const state = await ask('{"a":1,"b":{"c":[1,2],"d":0.1}}')
      for (const other of [
        '{"a":2,"b":{"c":[1,2],"d":0.1}}',
        '{"a":1,"b":{"c":[2,1],"d":0.1}}',
        '{"a":1}',
        '{}',
      ]) {
        want((await ask(other, state)) === INVALID, other)
      }
      const same = '{"b":{"d":1e-1,"c":[1,2]},"a":1.0}'
      want((await ask(same, state)) === 'done', 'the same, written otherwise')
      want((await ask(same, state)) === INVALID, 'a second time')
      const runs = servers.odd?.requests.filter(
        ({ method }) => method === 'tools/call',
      )
      want(runs?.length === 2, `${runs?.length} runs`)
    },
  ),
  attack(
    'S7 a chain of states ends',
    { calls: 1, per: 'hour' },
    async (ask, { want }) => {
      let last = await ask('{"chain":true}')
      let rounds = 0
      while (rounds < 50 && !last.includes(' ')) {
        rounds++
        last = await ask('{"chain":true}', last)
      }
      want(rounds <= 9, `${rounds} rounds for one charge`)
      return `${rounds} rounds`
    },
  ),
  attack(
    'S7 what goes on counts as in flight',
    { concurrent: 1 },
    async (ask, { want }) => {
      // Longer than a busy machine takes to send the three.
      const slow = '{"after":3000}'
      const states = [await ask(slow), await ask(slow), await ask(slow)]
      const told = await Promise.all(states.map((state) => ask(slow, state)))
      const done = told.filter((one) => one === 'done')
      want(done.length === 1, `${done.length} at once`)
      const refused = states[told.findIndex((one) => one !== 'done')]
      const said = await ask(slow, refused)
      want(said === 'done', `a refused one is spent: ${said}; ${told}`)
    },
  ),
]

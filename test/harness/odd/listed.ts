// What the cases about lists share: odd lists, and what clients make of them.
// In: a world. Out: definitions, servers, and wishes that fail a case.

import type { OddServer, World } from '../../wild/case.ts'
import type { ClientKind } from '../served.ts'

export const KINDS: readonly ClientKind[] = [
  'sdk 1.x',
  'sdk 2.x legacy',
  'sdk 2.x modern',
]

export const OBJECT = { type: 'object' }

export const tool = (name: string, more: object = {}) => ({
  name,
  inputSchema: OBJECT,
  ...more,
})

export const problemsOf = async ({ status }: World, name: string) => {
  const { servers } = await status()
  return servers.find((one) => one.name === name)?.problems.join('\n') ?? ''
}

export const GOOD: OddServer = {}

/** A server whose lists, and greeting, are given as they come. */
export const lists = (
  given: Readonly<Record<string, unknown>>,
  more: Partial<OddServer> = {},
): OddServer => ({
  ...more,
  answers: Object.fromEntries(
    Object.entries(given).map(([method, result]) => [method, { result }]),
  ),
})

/** Every kind of client lists what must be there, and nothing that must not. */
export async function wantNames(
  world: World,
  there: readonly string[],
  hidden: readonly string[] = [],
): Promise<void> {
  for (const kind of KINDS) {
    const names = await (await world.connect(kind)).names()
    for (const name of there)
      world.want(names.includes(name), `${kind} ${name}`)
    for (const name of hidden) {
      world.want(!names.includes(name), `${kind} is shown ${name}`)
    }
  }
}

/** As soon as the lists are read again: a client's list waits for that, but not
 * for long. */
export async function untilNames(
  world: World,
  there: readonly string[],
  hidden: readonly string[] = [],
): Promise<void> {
  await world.until(async () => {
    const { body } = await world.post('tools/list', {})
    const shows = (name: string) => body.includes(JSON.stringify(name))
    return there.every(shows) && !hidden.some(shows)
  }, `${there} are listed`)
  await wantNames(world, there, hidden)
}

export async function wantNamed(
  world: World,
  names: readonly string[],
  problem: RegExp,
): Promise<void> {
  for (const name of names) {
    const problems = await problemsOf(world, name)
    world.want(problem.test(problems), `${name} ${problem}: ${problems}`)
  }
}

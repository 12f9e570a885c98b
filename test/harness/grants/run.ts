// The trial of the grants: people at servers that want them to sign in, an
// authorization server that fails in every way, a gateway that is killed.
// In: how many of each, a seed. Out: what was lost, and whose call was whose.
// INVARIANT: the authorization server and the protected servers keep their own
// books; the gateway is a real process, and its files are all that survives.

import { setTimeout as sleep } from 'node:timers/promises'
import { type Dice, rollFrom } from '../crosstalk/dice.ts'
import {
  makeFolder,
  type Owner,
  type ServeProcess,
  serveFolder,
} from '../process.ts'
import { issue } from '../served.ts'
import type { Cause } from './books.ts'
import type { Fault } from './faults.ts'
import {
  nameOf,
  Person,
  type Place,
  type Tally,
  type Target,
} from './person.ts'
import { startProvider, type TrialProvider } from './provider.ts'
import { LOCK, startTrialServer, type TrialServer } from './server.ts'

export interface Load {
  readonly people: number
  readonly servers: number
  readonly kills: number
  /** Answered calls between two kills. */
  readonly calls: number
  readonly seed: number
  /** It goes on until requests have failed in so many ways. */
  readonly ways: number
}

export interface Trial {
  readonly people: number
  readonly servers: number
  readonly refreshes: number
  /** Grants that nobody but the gateway lost. */
  readonly lost: number
  /** Calls, or answers, under another's identity. */
  readonly crossed: number
  /** How often a person was asked again. */
  readonly prompts: number
  /** How often the authorization server ended a grant. */
  readonly ended: number
  readonly causes: Readonly<Partial<Record<Cause, number>>>
  readonly faults: Readonly<Partial<Record<Fault, number>>>
  readonly answered: number
  readonly troubled: number
  /** Of what could not be answered, the texts. */
  readonly texts: Readonly<Record<string, number>>
  readonly told: readonly string[]
}

/** How many sign in at the same time. */
const AT_ONCE = 8

interface World {
  readonly folder: string
  readonly provider: TrialProvider
  readonly servers: readonly TrialServer[]
  readonly targets: readonly Target[]
  readonly people: readonly Person[]
  readonly place: Place
  readonly tally: Tally
  readonly dice: Dice
}

export async function runTrial(owner: Owner, load: Load): Promise<Trial> {
  const world = await makeWorld(owner, load)
  const { provider, servers, tally, place, targets, people } = world
  let gateway = await start(owner, world)
  await signInAll(world)
  provider.isFaulty = true
  let isOver = false
  const lives = people.map((person, index) =>
    live(person, targets, rollFrom(load.seed * 1_000 + index), () => isOver),
  )
  for (let kill = 0; kill < load.kills; kill++) {
    await makeWorse(world, load, kill)
    place.url = undefined
    provider.books.killed()
    await gateway.stop('SIGKILL')
    gateway = await start(owner, world, gateway)
  }
  await waitForCalls(world, load.calls)
  await waitForFaults(world, load)
  isOver = true
  await Promise.all(lives)
  provider.isFaulty = false
  await settle(world)
  await gateway.stop('SIGTERM')
  await Promise.all(people.map((person) => person.close()))
  const { books, faults } = provider
  const crossed = [...servers.flatMap((one) => one.crossed), ...tally.crossed]
  return {
    people: load.people,
    servers: load.servers,
    refreshes: books.refreshes,
    lost: tally.lost.length + books.faults.length,
    crossed: crossed.length,
    prompts: tally.prompts,
    ended: books.ended,
    causes: Object.fromEntries(books.causes),
    faults: Object.fromEntries(faults),
    answered: tally.answered,
    troubled: tally.troubled,
    texts: Object.fromEntries(tally.odd),
    told: [...tally.lost, ...books.faults, ...crossed].slice(0, 20),
  }
}

async function makeWorld(owner: Owner, load: Load): Promise<World> {
  const dice = rollFrom(load.seed)
  const provider = await startProvider(owner, dice)
  const servers: TrialServer[] = []
  for (let index = 0; index < load.servers; index++) {
    const era = index % 2 === 0 ? 'modern' : 'legacy'
    servers.push(await startTrialServer(owner, provider, era))
  }
  const targets = servers.map(({ url }, index) => ({ name: `s${index}`, url }))
  const issued = Array.from({ length: load.people }, (_, index) =>
    issue({ subject: nameOf(index), roles: ['all'] }),
  )
  const place: Place = { url: undefined }
  const tally: Tally = {
    answered: 0,
    troubled: 0,
    signIns: 0,
    prompts: 0,
    lost: [],
    crossed: [],
    odd: new Map(),
  }
  const people = issued.map(
    (one, index) => new Person(index, one, place, provider.books, tally),
  )
  const folder = makeFolder(owner, writeFiles(targets, issued, load.people))
  return { folder, provider, servers, targets, people, place, tally, dice }
}

function writeFiles(
  targets: readonly Target[],
  issued: readonly ReturnType<typeof issue>[],
  people: number,
) {
  const auth = { type: 'oauth', as: 'person' }
  const many = people * 2
  const room = { concurrency: many, queue: many, maxSessions: many }
  const by = <T>(make: (target: Target) => T) =>
    Object.fromEntries(targets.map((one) => [one.name, make(one)]))
  const config = {
    servers: by(({ url }) => ({ type: 'http', url, auth, ...room })),
    roles: { all: { allow: by(() => ['*']) } },
    tokens: {
      grants: Object.fromEntries(issued.map(({ id, record }) => [id, record])),
    },
  }
  return {
    'gateway.config.json': JSON.stringify(config),
    'gateway.lock.json': JSON.stringify({
      formatVersion: 1,
      servers: by(() => LOCK),
    }),
  }
}

/** On the port of the one before: the addresses of its pages are registered. */
async function start(
  owner: Owner,
  { folder, place, provider }: World,
  before?: ServeProcess,
): Promise<ServeProcess> {
  const flags = before ? ['--port', new URL(before.url).port] : []
  const gateway = await serveFolder(owner, folder, flags)
  provider.books.started()
  place.url = gateway.url
  return gateway
}

async function signInAll({ people, targets }: World): Promise<void> {
  const left = people.flatMap((person) =>
    targets.map((target) => ({ person, target })),
  )
  const work = async () => {
    for (let one = left.pop(); one; one = left.pop()) {
      for (let tries = 0; !(await one.person.signIn(one.target)); tries++) {
        if (tries === 20)
          throw new Error(`nobody signs in to ${one.target.url}`)
        await sleep(100)
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
}

/** Calls until it is over; with pauses, so that tokens end in between. */
async function live(
  person: Person,
  targets: readonly Target[],
  dice: Dice,
  isOver: () => boolean,
): Promise<void> {
  while (!isOver()) {
    const target = targets[dice.below(targets.length)] as Target
    const outcome = await person.call(target)
    if (outcome === 'asked') await person.signInAgain(target, isOver)
    await sleep(outcome === 'answered' ? dice.below(200) : 200)
  }
}

/** Between two kills: the authorization server restarts, once it has forgotten
 * a client. */
async function makeWorse(
  world: World,
  { calls, kills }: Load,
  kill: number,
): Promise<void> {
  const { provider, dice } = world
  await waitForCalls(world, calls / 2)
  if (kill % 3 === 0) await provider.restart(dice.below(1_500))
  if (kill === Math.floor(kills / 2)) provider.forgetClient(dice)
  await waitForCalls(world, calls / 2)
}

async function waitForCalls({ tally }: World, calls: number): Promise<void> {
  const end = tally.answered + calls
  while (tally.answered < end) await sleep(5)
}

/** How many requests that takes is a matter of chance. */
async function waitForFaults({ provider }: World, load: Load): Promise<void> {
  const { books, faults } = provider
  while (faults.size < load.ways || books.refreshes < load.people)
    await sleep(20)
}

/** With all in order, everybody calls every server: who is asked now was not
 * asked before. */
async function settle({ people, targets }: World): Promise<void> {
  const left = people.flatMap((person) =>
    targets.map((target) => ({ person, target })),
  )
  const work = async () => {
    for (let one = left.pop(); one; one = left.pop()) {
      const { person, target } = one
      let outcome = await person.call(target)
      for (let tries = 0; outcome !== 'answered'; tries++) {
        if (tries === 300) throw new Error(`no answer of ${target.url}`)
        if (outcome === 'asked') {
          await person.signInAgain(target, () => false)
        } else await sleep(200)
        outcome = await person.call(target)
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
}

// The program of the sealed child: evaluates the bundle, twice, to plain data.
// In: the bundle on stdin. Out: one Answer as JSON on descriptor 3.
// INVARIANT: imports nothing of ours (its text is handed to `node --eval`), and
// whatever the config does, the parent judges what arrives, if anything does.

import { readFileSync, writeSync } from 'node:fs'

export type Answer =
  | {
      readonly value: unknown
      /** Pointers of members that are undefined, and so left out. */
      readonly absent: readonly string[]
    }
  | { readonly strange: readonly Strange[]; readonly absent: readonly string[] }
  | { readonly differs: string }
  | {
      readonly thrown: string
      readonly stack: string
      /** What the permission model refused, and on which resource. */
      readonly permission?: string
      readonly resource?: string
    }
  | { readonly ended: string; readonly stack: string }

/** A value that is not plain data: where, and what it is. */
export interface Strange {
  readonly pointer: string
  readonly what: string
}

interface Found {
  readonly strange: Strange[]
  readonly absent: string[]
}

/** How stack frames name the bundle. */
const NAME = 'gateway-bundle'
const ANSWER = 3
const MAX_STRANGE = 50
const SHIFT = 400 * 86_400_000
const { exit } = process

/** The clock moved, and the other side of every coin, in the second round. */
function setWorld(round: number): void {
  const Real = Date
  const now = () => Real.now() + SHIFT * round
  const shifted = new Proxy(Real, {
    construct: (target, args, made) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, made),
    apply: () => new Real(now()).toString(),
    get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
  })
  const state = { seed: 20_261_122 }
  const random = () => {
    state.seed = (state.seed * 48_271) % 2_147_483_647
    const drawn = state.seed / 2_147_483_647
    return round === 0 ? drawn : 1 - drawn
  }
  Object.defineProperty(Math, 'random', { value: random, configurable: true })
  if (round > 0) Object.defineProperty(globalThis, 'Date', { value: shifted })
}

/** Ending the process is an answer too, with the place that did it. */
function watchForEnd(): void {
  for (const name of ['exit', 'abort', 'kill']) {
    const value = () => {
      answer({ ended: `process.${name}`, stack: new Error().stack ?? '' })
    }
    Object.defineProperty(process, name, { value })
  }
  process.on('uncaughtException', (error) => answer(describe(error)))
}

function describe(error: unknown): Answer {
  if (!(error instanceof Error)) return { thrown: String(error), stack: '' }
  const { permission, resource } = error as Error & Record<string, unknown>
  const thrown = `${error.name}: ${error.message}`.slice(0, 500)
  const base = { thrown, stack: error.stack ?? '' }
  if (typeof permission !== 'string') return base
  return { ...base, permission, resource: String(resource ?? '') }
}

function answer(message: Answer): never {
  const bytes = Buffer.from(JSON.stringify(message))
  for (let sent = 0; sent < bytes.length; ) {
    sent += writeSync(ANSWER, bytes, sent)
  }
  return exit.call(process, 0)
}

/** What stands at a value; `found` collects what JSON cannot say. */
function toData(
  value: unknown,
  pointer: string,
  above: readonly unknown[],
  found: Found,
): unknown {
  const { strange, absent } = found
  const refuse = (what: string) => {
    if (strange.length < MAX_STRANGE) strange.push({ pointer, what })
  }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return refuse(String(value))
  }
  if (
    value === null ||
    ['string', 'number', 'boolean'].includes(typeof value)
  ) {
    return value
  }
  if (typeof value !== 'object') {
    return refuse(value === undefined ? 'undefined' : `a ${typeof value}`)
  }
  if (above.includes(value)) return refuse('a circle: it contains itself')
  const inside = [...above, value]
  if (Array.isArray(value)) {
    return Array.from(value, (item, index) =>
      toData(item, `${pointer}/${index}`, inside, found),
    )
  }
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== null && prototype !== Object.prototype) {
    return refuse(`a ${prototype.constructor?.name || 'class instance'}`)
  }
  if (Object.getOwnPropertySymbols(value).length > 0) {
    return refuse('an object with a symbol as key')
  }
  const members = Object.entries(Object.getOwnPropertyDescriptors(value))
    .filter(([, { enumerable }]) => enumerable)
    .flatMap(([key, member]) => {
      const escaped = key.replaceAll('~', '~0').replaceAll('/', '~1')
      const place = `${pointer}/${escaped}`
      if (!member.get) {
        if (member.value !== undefined) {
          return [[key, toData(member.value, place, inside, found)] as const]
        }
        if (absent.length < MAX_STRANGE) absent.push(place)
        return []
      }
      if (strange.length < MAX_STRANGE) {
        strange.push({ pointer: place, what: 'a getter' })
      }
      return [[key, null] as const]
    })
  return Object.fromEntries(members)
}

/** The first place where two values differ. */
function findDifference(
  a: unknown,
  b: unknown,
  pointer: string,
): string | undefined {
  if (Object.is(a, b)) return undefined
  if (typeof a !== 'object' || typeof b !== 'object' || !a || !b) return pointer
  const keys = new Set([...Object.keys(a), ...Object.keys(b)])
  for (const key of keys) {
    const [left, right] = [a, b].map((one) => Reflect.get(one, key) as unknown)
    const escaped = key.replaceAll('~', '~0').replaceAll('/', '~1')
    const found = findDifference(left, right, `${pointer}/${escaped}`)
    if (found !== undefined) return found
  }
  return undefined
}

async function evaluate(bundle: string, round: number) {
  setWorld(round)
  // The round makes two modules of one text.
  const text = `${bundle}\n//${round}\n//# sourceURL=${NAME}`
  const encoded = Buffer.from(text).toString('base64')
  const url = `data:text/javascript;base64,${encoded}`
  const { default: value } = (await import(url)) as { default: unknown }
  const found: Found = { strange: [], absent: [] }
  const data = toData(value, '', [], found)
  const { strange, absent } = found
  return strange.length > 0 ? answer(found) : { data, absent }
}

watchForEnd()
try {
  const bundle = readFileSync(0, 'utf8')
  const { data, absent } = await evaluate(bundle, 0)
  const again = await evaluate(bundle, 1)
  const differs = findDifference(data, again.data, '')
  answer(differs === undefined ? { value: data, absent } : { differs })
} catch (error) {
  answer(describe(error))
}

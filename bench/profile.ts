// `npm run bench:profile`: where the CPU time of a call goes, for this build and
// for others.
// In: flags, folders of built checkouts. Out: a table, or one JSON object, on
// stdout; progress on stderr.
// INVARIANT: asserts no speed; the time of a call is measured without the profiler,
// whose samples only divide it.

import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { CASES, type Case } from './cases.ts'
import {
  type Build,
  type Contestant,
  startContestants,
  startGateway,
} from './contestants.ts'
import { type CpuProfile, sumPlaces } from './cpu-profile.ts'
import { readCount, readOrEnd } from './flags.ts'
import { type Ground, runOnGround, tell } from './ground.ts'
import { measureWindow, shuffle } from './measure.ts'
import { formatMicros, spreadOf, table } from './report.ts'

const { values, builds, rounds, requests, warmup } = readOrEnd(() => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      case: { type: 'string', default: '200 B' },
      rounds: { type: 'string', default: '9' },
      requests: { type: 'string', default: '6000' },
      warmup: { type: 'string', default: '40000' },
      json: { type: 'boolean', default: false },
    },
  })
  const own = join(import.meta.dirname, '../..')
  return {
    values,
    builds: [...positionals, own].map(readBuild),
    rounds: readCount('rounds', values.rounds),
    requests: readCount('requests', values.requests),
    warmup: readCount('warmup', values.warmup),
  }
})

const NEGOTIATION_MS = 30_000

interface Profiled {
  readonly build: string
  /** Microseconds a call, and the ratio to nginx; medians. */
  readonly cpu: number
  readonly ratio: number | null
  /** Microseconds a call, by place. */
  readonly places: Readonly<Record<string, number>>
}

/** `NAME=FOLDER` names it; else its folder does. */
function readBuild(text: string, at: number, all: readonly string[]): Build {
  const [name, folder] = /^([^=/]+)=(.+)$/.exec(text)?.slice(1) ?? []
  const isThis = at === all.length - 1
  return {
    name: name ?? (isThis ? 'this build' : basename(text)),
    folder: join(folder ?? text, 'dist/bench'),
  }
}

function findCase(): Case {
  const of = CASES.find(({ name }) => name === values.case)
  if (of) return of
  throw new Error(`--case ${values.case} is no case of npm run bench`)
}

const of = readOrEnd(findCase)
const scale = (calls: number) => Math.ceil((calls * of.share) / 1_000)

interface Measured {
  readonly cpu: number
  readonly ratio: number | null
}

/** Every build in turn, beside nginx. */
async function measureBuilds(ground: Ground): Promise<readonly Measured[]> {
  const ways: Contestant[] = []
  let nginx: Contestant | undefined
  for (const [i, build] of builds.entries()) {
    const wanted = new Set(i === 0 ? (['nginx'] as const) : [])
    const { contestants } = await startContestants({
      ...fieldOf(ground),
      build,
      wanted,
    })
    ways.push(contestants[0] as Contestant)
    nginx ??= contestants[1]
  }
  const all = nginx ? [...ways, nginx] : ways
  for (const one of all) await warmUp(ground, one)
  const found = new Map(all.map((one) => [one, [] as number[]]))
  for (let round = 1; round <= rounds; round++) {
    tell(`round ${round} of ${rounds}`)
    for (const one of shuffle(all)) {
      const { own } = await measureWindow(ground, one, of, scale(requests))
      found.get(one)?.push(own)
    }
  }
  for (const one of ways) await one.stop()
  const yardstick = nginx && found.get(nginx)
  return ways.map((one) => conclude(found.get(one) ?? [], yardstick))
}

function conclude(
  own: readonly number[],
  yardstick: readonly number[] | undefined,
): Measured {
  const ratios = yardstick?.map((micros, i) => (own[i] ?? 0) / micros)
  const cpu = spreadOf(own).median
  return { cpu, ratio: ratios ? spreadOf(ratios).median : null }
}

function fieldOf({ folder, upstream, started }: Ground) {
  return {
    folder: mkdtempSync(join(folder, 'build-')),
    ports: upstream.ready,
    upstreamPid: upstream.pid,
    execArgv: [],
    started,
  }
}

async function warmUp(ground: Ground, one: Contestant): Promise<void> {
  await ground.generator.ask('negotiate', one.target(of), NEGOTIATION_MS)
  await measureWindow(ground, one, of, scale(warmup))
}

/** Shares of the places in the calls after the warm-up. */
async function profileBuild(
  ground: Ground,
  build: Build,
): Promise<ReadonlyMap<string, number>> {
  const { name } = build
  tell(`profiling ${name}`)
  const { folder, ports, ...field } = fieldOf(ground)
  const { gateway } = await startGateway(
    { folder, ...ports, lists: 20, stdio: true },
    {
      ...field,
      build,
      execArgv: ['--cpu-prof', '--cpu-prof-dir', folder],
    },
    `profiled ${name}`,
  )
  await warmUp(ground, gateway)
  const begin = readMicros()
  await measureWindow(ground, gateway, of, scale(rounds * requests))
  const span = { begin, end: readMicros() }
  await gateway.stop()
  const file = readdirSync(folder).find((one) => one.endsWith('.cpuprofile'))
  if (file === undefined) throw new Error(`${name} wrote no profile`)
  const text = readFileSync(join(folder, file), 'utf8')
  return sumPlaces(JSON.parse(text) as CpuProfile, span)
}

function readMicros(): number {
  return Number(process.hrtime.bigint() / 1_000n)
}

function render(all: readonly Profiled[]): string {
  const places = [...new Set(all.flatMap((one) => Object.keys(one.places)))]
  const last = all.at(-1)?.places ?? {}
  places.sort((a, b) => (last[b] ?? 0) - (last[a] ?? 0))
  const cell = (value: number | undefined) =>
    value === undefined ? '' : formatMicros(value)
  const head = [`${of.name}: µs a call`, ...all.map(({ build }) => build)]
  const rows = [
    ['all', ...all.map(({ cpu }) => cell(cpu))],
    ['to nginx', ...all.map(({ ratio }) => ratio?.toFixed(2) ?? '')],
    ...places.map((place) => [
      place,
      ...all.map((one) => cell(one.places[place])),
    ]),
  ]
  return `${table(head, rows).join('\n')}\n\nNode ${process.version}.\n`
}

process.exitCode = await runOnGround(async (ground) => {
  const measured = await measureBuilds(ground)
  const all: Profiled[] = []
  for (const [i, build] of builds.entries()) {
    const { cpu, ratio } = measured[i] as Measured
    const shares = [...(await profileBuild(ground, build))]
    const places = shares.map(([place, share]) => [place, share * cpu])
    const found = Object.fromEntries(places)
    all.push({ build: build.name, cpu, ratio, places: found })
  }
  if (values.json) return `${JSON.stringify({ case: of.name, builds: all })}\n`
  return render(all)
})

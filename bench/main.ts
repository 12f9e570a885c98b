// `npm run bench`: CPU of a governed call, a plain proxy's and an SDK gateway's.
// In: flags. Out: a table or one JSON object on stdout, progress on stderr.
// INVARIANT: asserts no speed; fails when an answer or the audit is wrong, and
// leaves neither process nor folder (but the profile that was asked for).

import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { judgeTally, type Tally, tallyAudit } from './audit.ts'
import { readSettings, type Settings, USAGE } from './flags.ts'
import {
  CONTESTANTS,
  type Contestant,
  measureRounds,
  type Processes,
  type Round,
} from './measure.ts'
import { Running } from './process.ts'
import { makeReport, renderReport } from './report.ts'

const GREETING_MS = 30_000

interface Ready {
  readonly url: string
  readonly token: string
  /** The gateway's. */
  readonly audit?: string
}

interface Run {
  readonly rounds: readonly Round[]
  readonly tally: Tally
  readonly foreignCores: number
}

async function runBench(settings: Settings, folder: string): Promise<Run> {
  const running: Running[] = []
  const start = async <Value>(
    name: string,
    args: readonly string[] = [],
    execArgv: readonly string[] = [],
  ) => {
    const one = new Running<Value>(name, args, execArgv)
    running.push(one)
    return one.start()
  }
  try {
    const upstream = await start<string>('upstream')
    const url = upstream.ready
    const generator = await start('generator')
    const contestants = new Map<Contestant, Running<Ready>>([
      ['gateway', await start('gateway', [url, folder], profileTo(settings))],
      ['passthrough', await start('passthrough', [url])],
      ['sdk', await start('sdk', [url])],
    ])
    for (const name of CONTESTANTS) {
      const ready = contestants.get(name)?.ready ?? { url, token: '' }
      await generator.ask('greet', { name, ...ready }, GREETING_MS)
    }
    const processes = { contestants, upstream, generator }
    const { rounds, foreignCores } = await measureAlone(processes, settings)

    const calls = settings.warmup + settings.rounds * settings.requests
    const reached = await upstream.ask<number>('calls', null, GREETING_MS)
    if (reached !== calls * CONTESTANTS.length) {
      throw new Error(`${reached} calls reached the upstream`)
    }
    const gateway = contestants.get('gateway')
    await gateway?.stop()
    const tally = await tallyAudit(gateway?.ready.audit ?? '')
    judgeTally(tally, calls)
    return { rounds, tally, foreignCores }
  } finally {
    await Promise.all(running.map((one) => one.stop()))
  }
}

/** Measures, and how much else the machine had to do meanwhile. */
async function measureAlone(processes: Processes, settings: Settings) {
  const { contestants, upstream, generator } = processes
  const all = [...contestants.values(), upstream, generator]
  const sumOwn = async () => {
    const own = await Promise.all(all.map((one) => one.cpu()))
    return own.reduce((sum, one) => sum + one, 0) / 1_000
  }
  const [own, busy, began] = [await sumOwn(), sumBusy(), performance.now()]
  const rounds = await measureRounds(processes, settings, (progress) =>
    process.stderr.write(`${progress}\n`),
  )
  const foreign = sumBusy() - busy - ((await sumOwn()) - own)
  const foreignCores = Math.max(0, foreign / (performance.now() - began))
  return { rounds, foreignCores }
}

/** Milliseconds that the machine's cores were busy. */
function sumBusy(): number {
  return cpus().reduce(
    (sum, { times }) => sum + times.user + times.nice + times.sys + times.irq,
    0,
  )
}

function profileTo({ profile }: Settings): readonly string[] {
  if (!profile) return []
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-profile-'))
  process.stderr.write(`the gateway's CPU profile: ${folder}\n`)
  return ['--cpu-prof', '--cpu-prof-dir', folder]
}

async function main(args: readonly string[]): Promise<number> {
  let settings: Settings
  try {
    settings = readSettings(args)
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${USAGE}`)
    return 2
  }
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-bench-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  // The children end with their channels.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => process.exit(2))
  }
  try {
    const { rounds, tally, foreignCores } = await runBench(settings, folder)
    const report = makeReport(rounds, settings, tally, foreignCores)
    process.stdout.write(
      settings.json
        ? `${JSON.stringify(report)}\n`
        : renderReport(report, rounds),
    )
    return 0
  } catch (error) {
    process.stderr.write(`the bench failed: ${(error as Error).message}\n`)
    return 1
  }
}

process.exitCode = await main(process.argv.slice(2))

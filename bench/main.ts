// `npm run bench`: CPU and latency of governed calls, beside proxies and an SDK
// gateway, in one run.
// In: flags. Out: tables or one JSON object on stdout, progress on stderr.
// INVARIANT: asserts no speed; fails when an answer or the audit is wrong, and
// leaves neither process nor folder (but the profile that was asked for).

import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { judgeTally, tallyAudit } from './audit.ts'
import type { Case } from './cases.ts'
import { type Contestant, startContestants } from './contestants.ts'
import { readResident } from './cpu.ts'
import { readSettings, type Settings, USAGE } from './flags.ts'
import { type Ground, runOnGround, tell, watchOthers } from './ground.ts'
import { type Measured, measureCase, wakeUp } from './measure.ts'
import type { Running } from './process.ts'
import { LIST_FILE } from './proxies.ts'
import { makeReport, type Report, renderReport } from './report.ts'

const NEGOTIATION_MS = 30_000

async function runBench(
  settings: Settings,
  { folder, started, upstream, generator }: Ground,
): Promise<Report> {
  const wanted = new Set(settings.cases.flatMap(({ against }) => against))
  const { contestants, absent, audit } = await startContestants({
    wanted,
    ports: upstream.ready,
    upstreamPid: upstream.pid,
    folder,
    execArgv: profileTo(settings),
    started,
  })
  const gateway = contestants[0] as Contestant
  await negotiateAll(generator, contestants, settings.cases, folder)
  const pids = [...contestants, upstream, generator].map(({ pid }) => pid)
  const finish = watchOthers([...new Set(pids)])
  const measured: Measured[] = []
  for (const of of settings.cases) {
    const processes = { contestants, generator }
    measured.push(await measureCase(processes, of, settings, tell))
  }
  const foreignCores = finish()
  const residentMb = readResident(gateway.pid)
  await gateway.stop()
  const tally = await tallyAudit(audit)
  judgeTally(tally, countCalls(settings))
  const around = { absent, audit: tally, residentMb, foreignCores }
  return makeReport(measured, settings, around)
}

/** Each target once; the list of the gateway becomes the file of the proxies. */
async function negotiateAll(
  generator: Running,
  contestants: readonly Contestant[],
  cases: readonly Case[],
  folder: string,
): Promise<void> {
  const seen = new Set<string>()
  for (const of of cases) {
    for (const one of contestants) {
      if (one.name !== 'gateway' && !of.against.includes(one.name)) continue
      const target = one.target(of)
      if (seen.has(target.name)) continue
      seen.add(target.name)
      const list = await generator.ask<string>(
        'negotiate',
        target,
        NEGOTIATION_MS,
      )
      if (one.name === 'gateway' && of.method === 'tools/list') {
        writeFileSync(join(folder, LIST_FILE), list)
      }
    }
  }
}

/** Calls that the gateway must have on record. */
function countCalls({ cases, rounds, requests, warmup }: Settings): number {
  return cases
    .filter(({ method }) => method === 'tools/call')
    .reduce((sum, { share }) => {
      const scale = (calls: number) => Math.ceil((calls * share) / 1_000)
      const turn = scale(wakeUp(requests)) + scale(requests)
      return sum + scale(warmup) + rounds * turn
    }, 0)
}

function profileTo({ profile }: Settings): readonly string[] {
  if (!profile) return []
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-profile-'))
  process.stderr.write(`the gateway's CPU profile: ${folder}\n`)
  return ['--cpu-prof', '--cpu-prof-dir', folder]
}

const RESULTS = join(import.meta.dirname, '../../bench/RESULTS.md')

/** Replaces the section of this version of Node. */
function writeResults(report: Report): void {
  const version = /^v\d+/.exec(report.node)?.[0] ?? report.node
  const heading = `## Node ${version.slice(1)}`
  const before = existsSync(RESULTS) ? readFileSync(RESULTS, 'utf8') : ''
  const sections = before
    .split(/^(?=## )/m)
    .slice(1)
    .filter((section) => !section.startsWith(heading))
  const own = `${heading}\n\n${renderReport(report)}\n`
  const all = [...sections, own].sort().join('')
  writeFileSync(RESULTS, `${INTRODUCTION}${all.trimEnd()}\n`)
}

const INTRODUCTION = `# What a governed call costs

Written by \`npm run bench -- --write\`. CPU time is the process's own, by the
kernel's accounting; ratios are taken inside one round and compare in one run
alone. nginx and haproxy forward the same bytes with no policy.

`

function run(args: readonly string[]): Promise<number> {
  let settings: Settings
  try {
    settings = readSettings(args)
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${USAGE}`)
    return Promise.resolve(2)
  }
  return runOnGround(async (ground) => {
    const report = await runBench(settings, ground)
    if (settings.write) writeResults(report)
    return settings.json ? `${JSON.stringify(report)}\n` : renderReport(report)
  })
}

process.exitCode = await run(process.argv.slice(2))

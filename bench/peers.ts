// `npm run bench:peers`: what other gateways of npm cost beside ours.
// In: flags. Out: a table, or one JSON object, on stdout; progress on stderr.
// INVARIANT: installs into a folder of its own under the system's temporary one,
// without their scripts; what does not install, start or answer is left out and
// named; every process that it started, daemons too, is ended by its id.

import { parseArgs } from 'node:util'
import { judgeTally, tallyAudit } from './audit.ts'
import { type Case, SMALL } from './cases.ts'
import { type StartedGateway, startGateway } from './contestants.ts'
import { readCount, readOnly, readOrEnd } from './flags.ts'
import { type Ground, runOnGround, tell } from './ground.ts'
import { measureWindow } from './measure.ts'
import { installPeer, PEERS, type Peer, startPeer } from './peer.ts'
import {
  formatMicros,
  type Spread,
  shorten,
  spreadOf,
  table,
} from './report.ts'

const ASK_MS = 60_000

const { values, wanted, rounds, requests, warmup } = readOrEnd(() => {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string', default: '3' },
      requests: { type: 'string', default: '2000' },
      // Fewer leave the SDK's code unoptimized.
      warmup: { type: 'string', default: '20000' },
      json: { type: 'boolean', default: false },
    },
  })
  const names = PEERS.map(({ name }) => name)
  return {
    values,
    wanted: readOnly(values.only, names),
    rounds: readCount('rounds', values.rounds),
    requests: readCount('requests', values.requests),
    warmup: readCount('warmup', values.warmup),
  }
})

interface Row {
  readonly peer: string
  readonly over: Case['over']
  readonly cpu: Spread
  /** Of its CPU to the gateway's, over the same transport. */
  readonly ratio: Spread
  readonly p50: number
}

const caseOf = (over: Case['over']): Case => ({
  ...SMALL,
  name: `200 B, sessions, over ${over}`,
  eras: ['legacy', 'legacy'],
  over,
})

async function measurePeers(ground: Ground) {
  const { folder, upstream, started } = ground
  const setup = { folder, ...upstream.ready, stdio: true }
  const field = { started, execArgv: [], upstreamPid: upstream.pid }
  const own = await startGateway(setup, field)
  const rows: Row[] = []
  const absent: Record<string, string> = {}
  const warm = new Set<Case['over']>()
  let made = 0
  for (const peer of PEERS.filter(({ name }) => wanted.includes(name))) {
    try {
      rows.push(
        await measurePeer(peer, own, ground, (calls) => (made += calls), warm),
      )
    } catch (error) {
      const [first = ''] = String((error as Error).message).split('\n')
      absent[peer.name] = first.slice(0, 200)
      tell(`${peer.name} is left out: ${first}`)
    }
  }
  await own.gateway.stop()
  judgeTally(await tallyAudit(own.audit), made)
  return { rows, absent }
}

/** `counted` gets the calls of ours, which must be on record. */
async function measurePeer(
  peer: Peer,
  own: StartedGateway,
  ground: Ground,
  counted: (calls: number) => void,
  warm: Set<Case['over']>,
): Promise<Row> {
  const { folder, upstream, generator } = ground
  const of = caseOf(peer.over)
  tell(`${peer.name}: installing`)
  installPeer(peer, folder)
  const running = await startPeer(peer, folder, upstream)
  try {
    await running.answers((target) =>
      generator.ask('negotiate', target, ASK_MS),
    )
    await generator.ask('negotiate', own.gateway.target(of), ASK_MS)
    tell(`${peer.name}: warming up`)
    await measureWindow(ground, running, of, warmup)
    const call = async (calls: number) => {
      const window = await measureWindow(ground, own.gateway, of, calls)
      counted(calls)
      return window
    }
    if (!warm.has(peer.over)) await call(warmup)
    warm.add(peer.over)
    const pairs = []
    for (let round = 1; round <= rounds; round++) {
      tell(`${peer.name}: round ${round} of ${rounds}`)
      const its = await measureWindow(ground, running, of, requests)
      pairs.push({ its, ours: await call(requests) })
    }
    return {
      peer: peer.name,
      over: peer.over,
      cpu: spreadOf(pairs.map(({ its }) => its.own)),
      ratio: spreadOf(pairs.map(({ its, ours }) => its.own / ours.own)),
      p50: shorten(spreadOf(pairs.map(({ its }) => its.p50)).median),
    }
  } finally {
    await running.stop()
  }
}

function render(
  rows: readonly Row[],
  absent: Readonly<Record<string, string>>,
): string {
  const cells = rows.map(({ peer, over, cpu, ratio, p50 }) => [
    peer,
    over,
    ...[cpu.median, cpu.min, cpu.max].map(formatMicros),
    ...[ratio.median, ratio.min, ratio.max].map((one) => one.toFixed(1)),
    p50.toFixed(2),
  ])
  const head = 'upstream,CPU µs a call,min,max,to ours,min,max,p50 ms'
  return [
    ...table(['', ...head.split(',')], cells),
    '',
    ...Object.entries(absent).map(([name, why]) => `Left out: ${name}: ${why}`),
    `Node ${process.version}, ${rounds} rounds of ${requests} calls, ${warmup} before them.`,
    '',
  ].join('\n')
}

process.exitCode = await runOnGround(async (ground) => {
  const { rows, absent } = await measurePeers(ground)
  const report = { bench: 'peers', rows, absent, node: process.version }
  return values.json ? `${JSON.stringify(report)}\n` : render(rows, absent)
})

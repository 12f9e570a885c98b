// Portcullis itself, by the two journeys of `gateway serve`.
// In: a Setup, as JSON. Out: its port, its tokens, its audit file; on request, a
// swap, a collection of garbage, a heap snapshot.
// INVARIANT: it is ready when every server was reached and listed.

import { join } from 'node:path'
import { setFlagsFromString, writeHeapSnapshot } from 'node:v8'
import { pino } from 'pino'
import { startGateway } from '../../src/runtime/gateway.ts'
import { Governed, type Setup, type Tokens } from '../governed.ts'
import { answerParent } from '../process.ts'

export interface GatewayReady {
  readonly port: number
  readonly tokens: Tokens
  readonly audit: string
  readonly compileMs: number
}

// As bin.ts does for `serve`.
setFlagsFromString('--no-allocation-site-pretenuring')

const setup: Setup = JSON.parse(process.argv[2] ?? '{}')
const governed = new Governed(setup)
const began = performance.now()
const artefact = await governed.compile()
const compileMs = performance.now() - began

const gateway = await startGateway({
  artefact,
  root: setup.folder,
  version: '0.0.0-bench',
  log: pino({ level: 'warn' }, pino.destination(2)),
  env: {},
  port: 0,
  adminPort: 0,
})
await gateway.ready()
// It is ready before a thousand servers are.
while (gateway.status().servers.some(({ tools }) => tools === 0)) {
  await new Promise((resolve) => setTimeout(resolve, 50))
}

let tables = [artefact]

/** Replaces the table by the other one; resolves to milliseconds. */
async function swap(): Promise<number> {
  if (tables.length === 1) tables = [await governed.compile(999_999), artefact]
  const [next = artefact] = tables
  const began = performance.now()
  const { verdict } = await gateway.swap(next, null)
  const took = performance.now() - began
  if (verdict !== 'accepted') throw new Error(`the swap was ${verdict}`)
  tables.reverse()
  return took
}

const ready: GatewayReady = {
  port: Number(new URL(gateway.url).port),
  tokens: governed.tokens,
  audit: join(setup.folder, artefact.table.audit.file),
  compileMs,
}
answerParent(
  ready,
  {
    swap,
    /** Compiles the other table, so that the first swap is as fast as the rest. */
    prepare: async () => {
      if (tables.length === 1)
        tables = [await governed.compile(999_999), artefact]
    },
    collect: () => {
      globalThis.gc?.()
      globalThis.gc?.()
      return process.memoryUsage()
    },
    snapshot: (file: string) => writeHeapSnapshot(file),
  },
  () => gateway.close(),
)

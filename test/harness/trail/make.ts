// An audit trail as a gateway writes it, with a clock of its own; and the
// command that verifies it.
// In: a folder, how many records. Out: its files, which are real.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AuditSettings } from '../../../src/contract/settings.ts'
import { AuditLog, type AuditOptions } from '../../../src/runtime/audit/log.ts'
import { makeSigner } from '../../../src/runtime/audit/signature.ts'
import type { Clock } from '../../../src/runtime/base/clock.ts'

export const KEY = Buffer.alloc(32, 7)

export const SETTINGS: AuditSettings = {
  file: 'audit/gateway.jsonl',
  arguments: 'digest',
  onFailure: 'refuse',
  fsync: false,
  keep: { age: 90 * 86_400_000, size: 1e10 },
  rotate: { size: 1e9, every: 86_400_000 },
  tools: {},
}

export interface HeldClock extends Clock {
  time: number
}

export function holdClock(at = '2026-11-27T10:00:00.000Z'): HeldClock {
  const clock = {
    time: Date.parse(at),
    now: () => clock.time,
    monotonic: () => clock.time,
  }
  return clock
}

export interface Opened {
  readonly log: AuditLog
  /** What failed beside the records. */
  readonly faults: string[]
}

/** `folder` gets what `gateway audit verify` needs beside the trail. */
export function openLog(
  folder: string,
  clock: Clock,
  settings: Partial<AuditSettings> = {},
  options: Partial<AuditOptions> = {},
): Opened {
  mkdirSync(folder, { recursive: true })
  const text = JSON.stringify({ servers: {}, lints: {} })
  writeFileSync(join(folder, 'gateway.config.json'), text)
  writeFileSync(join(folder, 'gateway.key'), KEY.toString('base64url'))
  const faults: string[] = []
  const log = new AuditLog({
    file: join(folder, SETTINGS.file),
    clock,
    settings: { ...SETTINGS, ...settings },
    signer: makeSigner(KEY),
    fault: (error, what) => faults.push(`${what}: ${error}`),
    ...options,
  })
  return { log, faults }
}

const NOTICES = ['start', 'gap', 'torn', 'drift', 'removed']

/** As a gateway under load: some records a turn, a checkpoint a minute. */
export function writeTrail(
  folder: string,
  records: number,
  name: string,
  files = 4,
): void {
  const clock = holdClock()
  const size = Math.ceil((records * 220) / files)
  const { log } = openLog(folder, clock, { rotate: { size, every: 1e12 } })
  const minute = Math.ceil(records / 40)
  for (let i = 1; i <= records; i++) {
    clock.time += 7
    log.append(
      i % 9 > 0
        ? `"event":"intent","requestId":"${name}-${i}","subject":"${name}"`
        : `"event":"notice","notice":"${NOTICES[i % 5]}","table":null,"detail":{"lost":${i},"reason":"${name}"}`,
    )
    if (i % 3 === 0) log.flush()
    if (i % minute === 0) log.seal()
  }
  log.close()
}

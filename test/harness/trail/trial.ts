// The trial of `gateway audit verify`: a trail, corrupted again and again.
// In: how many records and corruptions, and a seed. Out: what was not named.
// INVARIANT: the trail as it was written is verified first, and is whole.

import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { listTrail } from '../../../src/contract/audit-files.ts'
import { runHere } from '../gateway.ts'
import { makeChance } from './chance.ts'
import { type Corruption, KINDS, type TrailText } from './corrupt.ts'
import { writeTrail } from './make.ts'

export interface TrialReport {
  readonly records: number
  readonly corruptions: number
  readonly named: number
  readonly byKind: Readonly<Record<string, number>>
  readonly faults: readonly string[]
}

const LIVE = 'gateway.jsonl'

export async function runCorruptions(
  folder: string,
  load: {
    readonly records: number
    readonly times: number
    readonly seed: number
  },
): Promise<TrialReport> {
  const chance = makeChance(load.seed)
  writeTrail(folder, load.records, 'one')
  writeTrail(`${folder}-other`, load.records, 'two')
  const files = readTrail(folder)
  const other = readTrail(`${folder}-other`)
  const faults: string[] = []
  const clean = await verify(folder)
  if (clean.code !== 0) faults.push(`whole, and yet: ${JSON.stringify(clean)}`)
  const byKind: Record<string, number> = {}
  const kinds = Object.entries(KINDS)
  for (let i = 0; i < load.times; i++) {
    const [name, corrupt] = kinds[i % kinds.length] as (typeof kinds)[number]
    const corruption = corrupt(files, other, chance)
    writeFiles(folder, corruption)
    const { code, fault } = await verify(folder)
    const said = `${basename(fault?.file ?? '')}:${fault?.line}`
    if (code === 1 && corruption.named.includes(said)) {
      byKind[name] = (byKind[name] ?? 0) + 1
      continue
    }
    const meant = corruption.named.join(' or ')
    faults.push(
      `${i}, ${name}: ${meant} was meant, not ${said} (${fault?.why})`,
    )
  }
  const named = Object.values(byKind).reduce((sum, n) => sum + n, 0)
  const { records, times: corruptions } = load
  return { records, corruptions, named, byKind, faults }
}

async function verify(folder: string) {
  const args = ['audit', 'verify', '--cwd', folder, '--report', 'json']
  const { code, stdout } = await runHere(args)
  return { code, fault: JSON.parse(stdout).fault as Fault | null }
}

interface Fault {
  readonly file: string
  readonly line: number
  readonly why: string
}

function readTrail(folder: string): readonly TrailText[] {
  const audit = join(folder, 'audit')
  return listTrail(LIVE, readdirSync(audit)).map((name) => {
    const lines = readFileSync(join(audit, name), 'utf8').split('\n')
    return { name, lines: lines.slice(0, -1) }
  })
}

/** The head file stays: whoever has no key cannot make another. */
function writeFiles(folder: string, { files }: Corruption): void {
  const audit = join(folder, 'audit')
  mkdirSync(audit, { recursive: true })
  for (const name of readdirSync(audit)) {
    if (name !== `${LIVE}.head`) rmSync(join(audit, name))
  }
  for (const { name, lines, cut = '' } of files) {
    const text = lines.map((line) => `${line}\n`).join('')
    writeFileSync(join(audit, name), text + cut)
  }
}

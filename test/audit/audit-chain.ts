// The chain of the audit: it goes on across restarts, tells what was done to
// it, and `gateway audit verify` names where.

import {
  appendFileSync,
  copyFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { listTrail } from '../../src/contract/audit-files.ts'
import { GENESIS, hashLine } from '../../src/runtime/audit/chain.ts'
import { makeFolder, runHere } from '../harness/gateway.ts'
import { serveObserved } from '../harness/observed.ts'
import { readRecords } from '../harness/served.ts'
import { runKills } from '../harness/trail/kill.ts'
import { holdClock, openLog, writeTrail } from '../harness/trail/make.ts'
import { runCorruptions } from '../harness/trail/trial.ts'
import { makeTrail, verify, writeRun } from '../harness/trail/verified.ts'

t.test(
  'each record holds the hash of the line before, across restarts',
  async (t) => {
    const { folder, file } = makeTrail(t)
    writeRun(folder, ['a', 'b'])
    writeRun(folder, ['c'])
    const records = readRecords(file)
    t.match(records, [
      { seq: 1, requestId: 'a', prevHash: GENESIS },
      { seq: 2, requestId: 'b' },
      { seq: 3, notice: 'checkpoint' },
      { seq: 4, requestId: 'c' },
      { seq: 5, notice: 'checkpoint' },
    ])
    const lines = readFileSync(file, 'utf8').split('\n')
    for (const [i, { prevHash }] of records.entries()) {
      if (i > 0) t.equal(prevHash, hashLine(lines[i - 1] ?? ''))
    }
    t.match(await verify(folder), { code: 0, records: 5, unsealed: 0 })
  },
)

t.test('a line that a crash cut is kept in a notice', async (t) => {
  const { folder, file } = makeTrail(t)
  writeRun(folder, ['a'])
  const cut = '{"ts":"2026-11-27T10:00:00.000Z","seq":3,"prevHash":"ä\u0007'
  appendFileSync(file, cut)
  t.match(await verify(folder), { code: 0, torn: Buffer.byteLength(cut) })
  writeRun(folder, ['b'])
  t.match(readRecords(file), [
    { requestId: 'a' },
    { notice: 'checkpoint' },
    { seq: 3, notice: 'torn', detail: { text: cut } },
    { seq: 4, requestId: 'b' },
    { notice: 'checkpoint' },
  ])
  const { code, remarks } = await verify(folder)
  t.match(
    { code, remarks },
    { code: 0, remarks: [{ notice: 'torn', line: 3 }] },
  )

  const fresh = makeTrail(t)
  openLog(fresh.folder, holdClock()).log.close()
  writeFileSync(fresh.file, '{"ts')
  writeRun(fresh.folder, ['a'])
  t.match(readRecords(fresh.file), [{ seq: 1, notice: 'torn' }, { seq: 2 }, {}])
  t.match(await verify(fresh.folder), { code: 0 })
})

t.test('a start reports a trail that lost its end', async (t) => {
  const cuts: Readonly<Record<string, (file: string) => void>> = {
    'cut off': (file) =>
      truncateSync(file, readFileSync(file).indexOf('\n') + 1),
    emptied: (file) => truncateSync(file, 0),
    'written over': (file) => {
      const text = readFileSync(file, 'utf8')
      writeFileSync(
        file,
        text.replace('"b"', '"x"').replace(/signature":"./, '$&!'),
      )
    },
    'the head file gone': (file) => writeFileSync(`${file}.head`, ''),
  }
  for (const [what, cut] of Object.entries(cuts)) {
    const { folder, file } = makeTrail(t)
    writeRun(folder, ['a', 'b'])
    cut(file)
    t.match(await verify(folder), { code: 1 }, what)
    const { log, faults } = openLog(folder, holdClock())
    log.append('"event":"intent","requestId":"c"')
    log.close()
    t.match(faults, [/^the audit trail is not intact/], what)
    const { code, fault } = await verify(folder)
    t.equal(code, 1, what)
    if (what !== 'written over') t.match(fault.why, /at this start/, what)
    t.match(readRecords(file).slice(-3), [
      { notice: 'broken' },
      { requestId: 'c' },
      {},
    ])
  }
})

t.test('verify reports what its verdict does not cover', async (t) => {
  const { folder, file } = makeTrail(t)
  const { log } = openLog(folder, holdClock())
  t.match(await verify(folder), { code: 0, records: 0 }, 'nothing yet')
  for (let i = 0; i < 5; i++) log.append(`"event":"intent","requestId":"${i}"`)
  log.flush()
  t.match(await verify(folder), { code: 0, sealed: null, unsealed: 5 })
  log.seal()
  copyFileSync(`${file}.head`, join(folder, 'kept'))
  log.append('"event":"intent","requestId":"5"')
  log.flush()
  const whole = { code: 0, keyed: true, sealed: 6, unsealed: 1, limits: [] }
  t.match(await verify(folder), whole)
  log.seal()
  log.seal()
  t.match(await verify(folder), { records: 8, sealed: 8 }, 'sealed once')

  const bare = { code: 0, keyed: false, limits: [/only hashes/] }
  t.match(await verify(folder, file), bare)
  const other = join(folder, 'other.key')
  writeFileSync(other, Buffer.alloc(32, 1).toString('base64url'))
  t.match(await verify(folder, '--key', other), {
    code: 1,
    fault: { seq: 6, why: /another key/ },
  })
  const key = ['--key', join(folder, 'gateway.key')]
  t.match(await verify(folder, ...key, file), { code: 0, limits: [] })

  // Whoever rolls file and head back together is seen by a copy elsewhere.
  const lines = readFileSync(file, 'utf8').split('\n')
  copyFileSync(join(folder, 'kept'), join(folder, 'late'))
  writeFileSync(file, `${lines.slice(0, 5).join('\n')}\n`)
  const kept = ['--head', join(folder, 'late')]
  t.match(await verify(folder, ...kept), { code: 1, fault: { seq: 5 } })
  log.close()

  t.match(await verify(makeFolder(t)), { code: 2, stderr: /no config/ })
  t.match(await verify(folder, 'none.jsonl'), { code: 2, stderr: /ENOENT/ })
  const config = { servers: {}, audit: { file: '/dev/full' } }
  const special = makeFolder(t, {
    'gateway.config.json': JSON.stringify(config),
  })
  t.match(await verify(special), { code: 2, stderr: /is not a file/ })
  t.match(await verify(folder, '--key', 'none', file), { code: 2 })
  const { stdout } = await runHere(['audit', 'verify', '--cwd', folder])
  t.match(
    stdout,
    /^the audit trail is not intact: .*gateway\.jsonl:5 \(seq 5\)\n/,
  )
})

t.test('named files that begin later than their chain', async (t) => {
  const { folder, file } = makeTrail(t)
  const { log } = openLog(folder, holdClock())
  for (let i = 0; i < 8; i++) log.append(`"event":"intent","requestId":"${i}"`)
  log.seal()
  log.close()
  const key = ['--key', join(folder, 'gateway.key')]
  const lines = readFileSync(file, 'utf8').split('\n')
  writeFileSync(file, lines.slice(3).join('\n'))
  const why = /^records before it are missing/
  const late = { code: 1, partial: true, fault: { seq: 4, why } }
  t.match(await verify(folder, ...key, file), late)
  t.match(await verify(folder, ...key, '--from', '3', file), late)
  t.match(await verify(folder), { code: 1, partial: false, fault: { seq: 4 } })
  const known = await verify(folder, ...key, '--from', '4', file)
  t.match(known, { code: 0, limits: [/does not begin with the first record/] })
  t.match(await verify(folder, '--from', 'x', file), { code: 2 })
  const { stdout } = await runHere(['audit', 'verify', ...key, file])
  t.match(
    stdout,
    /^intact from record 4; the records before it are not in these files\n/,
  )
})

t.test('rotated files may be compressed', async (t) => {
  const { folder, file } = makeTrail(t)
  writeTrail(folder, 200, 'x')
  const [first = ''] = listTrail(basename(file), readdirSync(dirname(file)))
  const path = join(dirname(file), first)
  const bytes = readFileSync(path)
  rmSync(path)
  const pack = (text: Buffer | string) =>
    writeFileSync(`${path}.gz`, gzipSync(text))
  pack(bytes)
  const whole = await verify(folder)
  t.match(whole, { code: 0, first: { file: `${path}.gz`, seq: 1 } })
  const named = await verify(folder, `${path}.gz`)
  t.match(named, { code: 0, first: { seq: 1 }, files: 1 })
  pack(bytes.toString().replace('"x-5"', '"x-6"'))
  t.match(await verify(folder), { code: 1, fault: { file: `${path}.gz` } })
  writeFileSync(`${path}.gz`, gzipSync(bytes).subarray(0, 400))
  t.match(await verify(folder), { code: 2, stderr: /cannot be unpacked/ })
})

t.test(
  'the position of the last record is in status and metrics',
  async (t) => {
    const { gateway, call, scrape, folder, records } = await serveObserved(t)
    const first = gateway.status().audit
    for (let i = 0; i < 3; i++) await call('issues__search_issues')
    const { seq, checkpoint } = gateway.status().audit
    t.equal(seq, records().at(-1)?.seq)
    t.equal(checkpoint, first.checkpoint, 'none since')
    const { samples } = await scrape()
    t.equal(samples.get('portcullis_audit_position{}'), seq)
    await gateway.close()

    const last = gateway.status().audit
    const copy = join(folder, 'copy')
    writeFileSync(copy, `${last.checkpoint}\n`)
    const verify = ['audit', 'verify', '--cwd', folder, '--head', copy]
    t.equal((await runHere(verify)).code, 0)
    const file = join(folder, 'audit/gateway.jsonl')
    const lines = readFileSync(file, 'utf8').split('\n')
    writeFileSync(file, `${lines.slice(0, 3).join('\n')}\n`)
    writeFileSync(`${file}.head`, `${first.checkpoint}\n0\n`)
    const cut = await runHere(verify)
    t.equal(cut.code, 1, cut.stdout)
  },
)

t.test('clocks that jump do not break it', async (t) => {
  const { folder } = makeTrail(t)
  const clock = holdClock()
  const { log } = openLog(folder, clock)
  for (const hours of [0, 1, -1, 24, -48, 0.001]) {
    clock.time += hours * 3_600_000
    log.append(`"event":"intent","requestId":"${hours}"`)
    log.seal()
  }
  log.close()
  t.match(await verify(folder), { code: 0, files: 2, unsealed: 0 })
})

t.test('verify names the first bad record after any change', async (t) => {
  const load = { records: 2_000, times: 32, seed: 11 }
  const { named, faults } = await runCorruptions(makeFolder(t), load)
  t.same(faults, [])
  t.equal(named, load.times)
})

t.test('kill -9 under load loses no answer and no call', async (t) => {
  const report = await runKills(t, { times: 2, clients: 8, seed: 3 })
  t.same(report.faults, [])
  t.ok(report.answered >= 40 && report.forwarded >= report.answered)
})

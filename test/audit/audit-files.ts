// The files of the audit: rotated, kept for a while, full, owned by one
// process, and ended by a bug.
// Covers src/runtime/audit.

import { spawnSync } from 'node:child_process'
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { listTrail, nameRotated } from '../../src/contract/audit-files.ts'
import { claimFile } from '../../src/runtime/audit/owner.ts'
import { makeFolder, runHere } from '../harness/gateway.ts'
import { startHttpServer } from '../harness/http-server.ts'
import { issue, readRecords, serveConfig } from '../harness/served.ts'
import { holdClock, openLog } from '../harness/trail/make.ts'
import { until } from '../harness/until.ts'
import { post } from '../harness/wire.ts'

const LIVE = 'gateway.jsonl'
const DAY = 86_400_000

const list = (folder: string) =>
  listTrail(LIVE, readdirSync(join(folder, 'audit')))

const verify = async (folder: string) =>
  (await runHere(['audit', 'verify', '--cwd', folder])).code

const record = (i: number | string) => `"event":"intent","requestId":"${i}"`

t.test('names of rotated files are in order of time', (t) => {
  const at = Date.parse('2026-11-27T14:34:22.512Z')
  const names = [LIVE, `${LIVE}.head`, 'gateway.old.jsonl', 'other.jsonl']
  for (const step of [0, 0, -3_600_000, 1, -DAY]) {
    names.unshift(nameRotated(LIVE, at + step, names))
  }
  t.same(listTrail(LIVE, names), [
    'gateway.2026-11-27T14-34-22.512Z.jsonl',
    'gateway.2026-11-27T14-34-22.512Z-2.jsonl',
    'gateway.2026-11-27T14-34-22.512Z-3.jsonl',
    'gateway.2026-11-27T14-34-22.513Z.jsonl',
    'gateway.2026-11-27T14-34-22.513Z-2.jsonl',
    LIVE,
  ])
  t.end()
})

t.test('a new file by size, and by day', async (t) => {
  const folder = makeFolder(t)
  const clock = holdClock('2026-11-26T23:59:00.000Z')
  const rotate = { size: 4_000, every: DAY }
  const { log, faults } = openLog(folder, clock, { rotate })
  let told = 0
  for (let i = 0; i < 200; i++) {
    clock.time += 1_000
    log.append(record(i), (failure) => void (failure || told++))
    if (i % 5 === 0) log.flush()
  }
  log.close()
  t.same(faults, [])
  t.equal(told, 200)
  const files = list(folder)
  t.ok(files.length > 5 && files.at(-1) === LIVE, files.join(' '))
  const days = files.map((name) => {
    const records = readRecords(join(folder, 'audit', name))
    t.match(records.at(-1), { notice: 'checkpoint' }, 'sealed')
    const { size, mode } = statSync(join(folder, 'audit', name))
    t.ok(size < 6_000, `${name}: ${size}`)
    t.equal(mode & 0o777, 0o600)
    const until = /\.(.+)Z/.exec(name)?.[1] ?? '3'
    t.ok((records.at(-1)?.ts ?? '').replaceAll(':', '-') <= `${until}Z`)
    return new Set(records.slice(0, -1).map(({ ts }) => ts.slice(0, 10)))
  })
  t.ok(
    days.every((one) => one.size === 1),
    'no file is of two days',
  )
  t.equal(await verify(folder), 0)
})

t.test(
  'files beyond `keep` are deleted and the deletion is recorded',
  async (t) => {
    for (const keep of [
      { age: 2.5 * DAY, size: 1e9 },
      { age: 100 * DAY, size: 2_500 },
    ]) {
      const folder = makeFolder(t)
      const clock = holdClock()
      const { log, faults } = openLog(folder, clock, { keep })
      for (let day = 0; day < 8; day++) {
        log.append(record(day))
        log.seal()
        clock.time += DAY
      }
      log.keepUp()
      log.close()
      t.same(faults, [])
      const files = list(folder)
      t.ok(files.length > 1 && files.length < 5, files.join(' '))
      const [first] = readRecords(join(folder, 'audit', files[0] ?? ''))
      const removed = files
        .flatMap((name) => readRecords(join(folder, 'audit', name)))
        .filter(({ notice }) => notice === 'removed')
      const { seq, prevHash } = first ?? {}
      t.match(removed.at(-1)?.detail, { first: { seq, prevHash } })
      t.equal(await verify(folder), 0, 'it may begin there')
      rmSync(join(folder, 'audit', files[0] ?? ''))
      t.equal(await verify(folder), 1, 'and nowhere else')
    }
  },
)

t.test('S5 a flood does not push out the records of its own day', async (t) => {
  const folder = makeFolder(t)
  const clock = holdClock()
  const keep = { age: 100 * DAY, size: 2_500 }
  const { log, faults } = openLog(folder, clock, {
    keep,
    rotate: { size: 500, every: DAY },
  })
  for (let at = 0; at < 40; at++) {
    log.append(record(at))
    log.seal()
  }
  log.keepUp()
  log.keepUp()
  const young = list(folder).length
  t.ok(young > 10, `${young} files stay`)
  t.match(log.problem, /^over `audit\.keep\.size`/)
  t.equal(faults.length, 1, 'told once')
  clock.time += 2 * DAY
  log.append(record(40))
  log.keepUp()
  t.equal(log.problem, null)
  t.equal(faults.length, 2, 'and once that it is over')
  log.close()
  t.ok(list(folder).length < young, 'a day later the size counts')
  t.equal(await verify(folder), 0)
})

t.test('a full disk refuses calls, until there is space again', async (t) => {
  const disk = mkdtempSync(join(tmpdir(), 'gateway-disk-'))
  const size = ['-o', 'size=256k', 'tmpfs', disk]
  const { status } = spawnSync('mount', ['-t', 'tmpfs', ...size])
  t.teardown(() => {
    if (status === 0) spawnSync('umount', ['-l', disk])
    rmSync(disk, { recursive: true })
  })
  if (status !== 0) return t.pass('a full disk', { skip: 'no right to mount' })
  const upstream = await startHttpServer()
  t.teardown(() => upstream.close())
  const ann = issue({ subject: 'ann', roles: ['all'] })
  const file = join(disk, 'audit/gateway.jsonl')
  const config = {
    servers: { up: { type: 'http', url: upstream.url } },
    roles: { all: { allow: { up: ['*'] } } },
    audit: { file },
  }
  const { gateway } = await serveConfig(t, config, [ann])
  const call = () =>
    post(gateway.url, ann.token, 'tools/call', { name: 'up__search_issues' })
  t.match(await call(), { status: 200 })
  const filler = join(disk, 'filler')
  spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=1k'])
  const statuses = new Set<number>()
  for (let i = 0; i < 20; i++) statuses.add((await call()).status)
  t.ok(statuses.has(503), 'it refuses')
  t.match(gateway.status().audit.problem, /^cannot be written: ENOSPC/)
  const full = readFileSync(file, 'utf8')
  t.ok(full.endsWith('}\n'), 'no cut line')
  const ran = upstream.calls.length
  t.equal((await call()).status, 503)
  t.equal(upstream.calls.length, ran, 'what has no record does not run')

  rmSync(filler)
  t.match(await call(), { status: 200 }, 'without a restart')
  t.equal(gateway.status().audit.problem, null)
  const after = readRecords(file).slice(full.split('\n').length - 1)
  t.match(after[0], { notice: 'gap', detail: { lost: Number } }, 'it is told')
})

t.test('low disk space is reported once', (t) => {
  const folder = makeFolder(t)
  let free = 0.5
  const options = { freeShare: () => free }
  const { log, faults } = openLog(folder, holdClock(), {}, options)
  for (const share of [0.5, 0.09, 0.09, 0.11, 0.13]) {
    free = share
    log.keepUp()
    t.equal(log.problem !== null, share > 0.08 && share < 0.12, `${share}`)
  }
  log.close()
  t.equal(faults.length, 2)
  const notices = readRecords(join(folder, 'audit', LIVE))
  t.match(notices, [
    { notice: 'disk', detail: { problem: '9 % of its disk are free' } },
    {},
    { notice: 'disk' },
    {},
  ])
  t.end()
})

t.test(
  'with `fsync`, callbacks run after the disk has the record',
  async (t) => {
    const folder = makeFolder(t)
    const { log } = openLog(folder, holdClock(), { fsync: true })
    const told: string[] = []
    log.append(record(0), () => told.push('first'))
    log.flush()
    t.same(told, [], 'written, and no more')
    log.append(record(1), () => told.push('second'))
    log.flush()
    await until(() => told.length === 2)
    t.same(told, ['first', 'second'])
    log.append(record(2), () => told.push('third'))
    log.close()
    t.equal(told.length, 3, 'an orderly stop waits')
    t.equal(await verify(folder), 0)
  },
)

t.test('an audit file has one writer', async (t) => {
  const folder = makeFolder(t)
  const file = join(folder, LIVE)
  const path = `${file}.owner`
  const owner = await claimFile(file)
  t.ok(owner.beat())
  await t.rejects(claimFile(file), { code: 'EBUSY' })
  owner.release()
  t.same(readdirSync(folder), [], 'nothing is left')

  const living = JSON.parse(JSON.stringify(await describeUs(folder)))
  const dead: readonly (readonly [string, object])[] = [
    ['killed', { ...living, pid: 2 ** 22 }],
    ['another that has its number', { ...living, began: '1' }],
    ['of a machine that is gone', { ...living, place: 'elsewhere' }],
    ['no owner at all', {}],
  ]
  for (const [what, text] of dead) {
    writeFileSync(path, JSON.stringify(text))
    ;(await claimFile(file, null, 300)).release()
    t.same(readdirSync(folder), [], what)
  }

  writeFileSync(path, JSON.stringify({ ...living, place: 'elsewhere' }))
  const beat = setInterval(() => utimesSync(path, new Date(), new Date()), 50)
  await t.rejects(claimFile(file), { code: 'EBUSY' }, 'one that beats')
  clearInterval(beat)
  rmSync(path)

  const { log, faults } = openLog(folder, holdClock(), {}, { owner })
  rmSync(path, { force: true })
  log.beat()
  t.match(faults, [/another gateway took/])
  let failure: Error | null = null
  log.append(record(0), (why) => {
    failure = why
  })
  log.close()
  t.match(failure, /another gateway took/, 'it writes nothing more')
})

async function describeUs(folder: string): Promise<unknown> {
  const owner = await claimFile(join(folder, LIVE))
  const text = readFileSync(join(folder, `${LIVE}.owner`), 'utf8')
  owner.release()
  return JSON.parse(text)
}

// The files of grants: what is on disk when the disk fails, a process ends, or
// somebody changes a file.
// Covers src/runtime/grants.

import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openAccounts } from '../harness/oauth/accounts.ts'
import { startPeers } from '../harness/oauth/scene.ts'
import { until } from '../harness/until.ts'

t.test('a disk that cannot be written', async (t) => {
  const scene = await startPeers(t)
  const { as } = scene
  as.life = 100
  const { accounts, store, signIn, clock, folder, problems } = openAccounts(
    t,
    scene,
  )
  await signIn('ann')
  const [name = ''] = readdirSync(folder).filter((one) =>
    one.endsWith('.grant'),
  )
  const path = join(folder, name)
  const before = readFileSync(path)
  const ann = accounts.credentialOf('ann')
  const used = ann.authorization
  const fail = breakFolder(folder)
  clock.ahead += 100_000
  await ann.obtain()
  t.not(ann.authorization, used, 'what the server has given is used')
  t.equal(problems.length, 1)
  t.match(
    problems[0],
    /^grant [0-9a-f]{16} of server ledger cannot be written: \w+; it is used, and lost at a restart$/,
  )
  t.match(accounts.accountOf('ann'), {
    trouble: /it cannot be written to disk: /,
  })
  fail.mend()
  t.same(readFileSync(path), before, 'the old file is whole')
  await store.close()
  t.notSame(readFileSync(path), before)
  t.match(accounts.accountOf('ann'), { trouble: undefined })
  const next = openAccounts(t, scene, { folder, clock })
  t.equal(next.accounts.credentialOf('ann').authorization, ann.authorization)
})

/** A folder in which nothing can be written, though its owner is root: it is a
 * file for a while. */
function breakFolder(folder: string) {
  const files = readdirSync(folder).map(
    (name) => [name, readFileSync(join(folder, name))] as const,
  )
  rmSync(folder, { recursive: true })
  writeFileSync(folder, '')
  return {
    mend: () => {
      rmSync(folder)
      mkdirSync(folder, { mode: 0o700 })
      for (const [name, bytes] of files) {
        writeFileSync(join(folder, name), bytes, { mode: 0o600 })
      }
    },
  }
}

t.test('it is written later by itself', async (t) => {
  const scene = await startPeers(t)
  const { accounts, signIn, folder } = openAccounts(t, scene)
  writeFileSync(folder, '')
  await signIn('ann')
  t.match(accounts.accountOf('ann'), { trouble: /cannot be written/ })
  rmSync(folder)
  await until(() => accounts.accountOf('ann')?.trouble === undefined)
  t.equal(readdirSync(folder).filter((one) => one.endsWith('.grant')).length, 1)
})

t.test(
  'a grant that is taken away, or replaced, while it is written',
  async (t) => {
    const scene = await startPeers(t)
    const { store, signIn, folder, clock, accounts } = openAccounts(t, scene)
    await signIn('ann')
    const grant = store.find('ann', 'ledger')
    if (!grant) return t.fail('there is none')
    const next = { ...grant, accessToken: 'next' }
    const saving = store.save(next, grant)
    const deleting = store.delete('ann', 'ledger')
    t.equal(await saving, false)
    t.equal(await deleting, grant)
    await store.close()
    t.same(grantsIn(folder), [])
    await signIn('ann')
    const again = store.find('ann', 'ledger')
    if (!again) return t.fail('there is none')
    const renewed = store.save({ ...again, accessToken: 'renewed' }, again)
    const newer = { ...again, accessToken: 'newer', since: clock.now() }
    t.same(await Promise.all([renewed, store.save(newer)]), [true, true])
    const stale = store.save({ ...again, accessToken: 'stale' }, again)
    t.equal(await stale, false)
    await store.close()
    t.equal(accounts.credentialOf('ann').authorization, 'Bearer newer')
    const later = openAccounts(t, scene, { folder })
    t.equal(later.accounts.credentialOf('ann').authorization, 'Bearer newer')
  },
)

t.test('files that are not what they were', async (t) => {
  const scene = await startPeers(t)
  const one = openAccounts(t, scene)
  await one.signIn('ann')
  const [ofAnn = ''] = grantsIn(one.folder)
  await one.signIn('bob')
  const [ofBob = ''] = grantsIn(one.folder).filter((name) => name !== ofAnn)
  one.accounts.close()
  await one.store.close()
  const { folder } = one
  const bytes = readFileSync(join(folder, ofAnn))

  copyFileSync(join(folder, ofBob), join(folder, ofAnn))
  const moved = openAccounts(t, scene, { folder })
  t.equal(moved.accounts.accountOf('ann'), undefined, 'it is not hers')
  t.match(moved.accounts.accountOf('bob'), { state: 'connected' })
  t.equal(moved.problems.length, 1)
  t.match(moved.problems[0], `${ofAnn} cannot be opened`)

  for (const cut of [0, 3, 40, bytes.length - 1]) {
    writeFileSync(join(folder, ofAnn), bytes.subarray(0, cut))
    const { accounts, problems } = openAccounts(t, scene, { folder })
    t.equal(accounts.accountOf('ann'), undefined)
    t.equal(problems.length, 1, `cut at ${cut}`)
  }
  const other = Buffer.alloc(32, 8)
  const left = readFileSync(join(folder, ofBob))
  const foreign = openAccounts(t, scene, { folder, key: other })
  t.same(foreign.accounts.list(), [])
  t.equal(foreign.problems.length, readdirSync(folder).length)
  t.same(readFileSync(join(folder, ofBob)), left, 'they are left as they are')

  writeFileSync(join(folder, ofAnn), 'x')
  const again = openAccounts(t, scene, { folder })
  await again.signIn('ann')
  const last = openAccounts(t, scene, { folder })
  t.match(last.accounts.accountOf('ann'), { state: 'connected' })
  t.same(last.problems, [], 'a new sign-in has replaced it')
})

function grantsIn(folder: string): readonly string[] {
  return readdirSync(folder).filter((name) => name.endsWith('.grant'))
}

t.test('drafts, links and strangers in the folder', async (t) => {
  const scene = await startPeers(t)
  const { folder, accounts, store, signIn } = openAccounts(t, scene)
  await signIn('ann')
  accounts.close()
  await store.close()
  const [name = ''] = grantsIn(folder)
  const old = join(folder, `${name}.1.abcd.draft`)
  writeFileSync(old, 'x')
  utimesSync(old, 1, 1)
  writeFileSync(join(folder, `${name}.2.abcd.draft`), 'x')
  writeFileSync(join(folder, 'notes.txt'), 'mine')
  const next = openAccounts(t, scene, { folder })
  t.same(next.problems, [])
  t.equal(next.accounts.list().length, 1)
  const names = readdirSync(folder)
  t.notOk(names.includes(`${name}.1.abcd.draft`), 'left by a crash')
  t.ok(names.includes(`${name}.2.abcd.draft`), 'another may be writing it')
  t.ok(names.includes('notes.txt'))
})

t.test('what a process had written when it was killed', async (t) => {
  const scene = await startPeers(t)
  scene.as.life = 100
  const { folder, accounts, store, signIn, clock } = openAccounts(t, scene)
  await signIn('ann')
  await signIn('bob')
  const [name = '', other = ''] = grantsIn(folder)
  const path = join(folder, name)
  const [first, others] = [
    readFileSync(path),
    readFileSync(join(folder, other)),
  ]
  clock.ahead += 100_000
  const [ann, bob] = ['ann', 'bob'].map((one) => accounts.credentialOf(one))
  await Promise.all([ann?.obtain(), bob?.obtain()])
  accounts.close()
  await store.close()
  const second = readFileSync(path)
  const draft = (pid: number) => join(folder, `${name}.${pid}.beef.draft`)
  const now = Date.now() / 1_000
  const open = async (pid: number, bytes: Buffer, later: number) => {
    writeFileSync(path, first)
    utimesSync(path, now, now)
    writeFileSync(draft(pid), bytes)
    utimesSync(draft(pid), now + later, now + later)
    const next = openAccounts(t, scene, { folder, clock })
    next.accounts.close()
    await next.store.close()
    t.same(next.problems, [])
    t.equal(next.accounts.list().length, 2)
    return readFileSync(path)
  }
  t.same(await open(DEAD, second, 1), second, 'it counts')
  t.notOk(readdirSync(folder).some((one) => one.endsWith('.draft')))
  t.same(await open(process.pid, second, 1), second, 'ids come again')
  t.same(await open(DEAD, second, -1), first, 'not before a later one')
  t.notOk(readdirSync(folder).some((one) => one.endsWith('.draft')))
  t.same(await open(process.ppid, second, 1), first, 'that one may live')
  rmSync(draft(process.ppid))
  t.same(await open(DEAD, others, 1), first, 'of another person')
  rmSync(draft(DEAD), { force: true })
  t.same(await open(DEAD, second.subarray(0, -1), 1), first, 'cut')
})

/** No system has so many processes. */
const DEAD = 2 ** 30

t.test('a folder that others can write', async (t) => {
  const scene = await startPeers(t)
  const { folder, accounts, store, signIn } = openAccounts(t, scene)
  await signIn('ann')
  accounts.close()
  await store.close()
  chmodSync(folder, 0o770)
  const next = openAccounts(t, scene, { folder })
  t.same(next.problems, [
    `${folder}: others can write here, and put back older files: run chmod 700`,
  ])
  t.equal(next.accounts.list().length, 1)
})

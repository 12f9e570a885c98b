// Files saved under a running gateway: what is fine is swapped in, what is
// broken is told and changes nothing, and the next good save works.

import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { FRAGMENT, serveTeam as start } from './harness/folder.ts'
import { gateway } from './harness/gateway.ts'
import { readRecords } from './harness/served.ts'
import { until } from './harness/until.ts'
import { post } from './harness/wire.ts'

t.test('saving a file swaps the table', async (t) => {
  const { folder, tokens, served } = await start(t)
  const [ada] = tokens
  const names = async () => {
    const { body } = await post(served.url, ada, 'tools/list')
    const { tools } = JSON.parse(body).result as { tools: { name: string }[] }
    return tools.map(({ name }) => name).join(' ')
  }
  const save = (name: string, text: string) =>
    writeFileSync(join(folder, name), text)
  const all = 'local__echo local__pid local__sleep'
  t.equal(await names(), all)

  save('fragment.ts', FRAGMENT("'echo'"))
  await until(async () => (await names()) === 'local__echo', 'a fragment')

  save('fragment.ts', `${FRAGMENT("'echo'")}\nexport const broken = {`)
  await until(() => /old table stays/.test(served.stderr()), 'it says why')
  t.match(served.stderr(), /fragment\.ts:\d+:\d+/)
  t.equal(await names(), 'local__echo', 'a broken save changes nothing')

  const status = await gateway(
    ['status', '--report', 'json', '--url', served.adminUrl],
    { cwd: folder },
  )
  t.equal(status.code, 1, 'a table that was refused is not fine')
  t.match(JSON.parse(status.stdout), {
    ready: true,
    rejected: { findings: [/fragment\.ts:\d+:\d+ GW1/] },
    servers: [{ name: 'local', state: 'up' }],
  })

  save('draft.ts', FRAGMENT("'pid'"))
  renameSync(join(folder, 'draft.ts'), join(folder, 'fragment.ts'))
  await until(async () => (await names()) === 'local__pid', 'a renamed file')

  const config = readFileSync(join(folder, 'gateway.config.ts'), 'utf8')
  save('gateway.config.ts', config.replace('calls: 60', 'calls: 1'))
  await until(
    () => (served.stderr().match(/ accepted/g) ?? []).length === 3,
    'the config',
  )
  const call = () =>
    post(served.url, ada, 'tools/call', { name: 'local__pid', arguments: {} })
  t.notMatch((await call()).body, /Rate limit/)
  t.match((await call()).body, /Rate limit hourly: 1 call an hour/)

  rmSync(join(folder, 'gateway.config.ts'))
  await until(
    () => (served.stderr().match(/old table stays/g) ?? []).length === 2,
    'a config that is gone',
  )
  save('gateway.config.ts', config)
  await until(
    () => (served.stderr().match(/ accepted/g) ?? []).length === 4,
    'and back again',
  )
  const notices = readRecords(join(folder, 'audit/gateway.jsonl'))
    .filter(({ event }) => event === 'notice')
    .map(({ notice }) => notice)
  t.same(notices, [
    'start',
    'accepted',
    'rejected',
    'accepted',
    'accepted',
    'rejected',
    'accepted',
  ])
})

// Lists under trouble: what one server gets wrong costs that list alone, and
// everybody who should know hears of it.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { runHere } from './harness/gateway.ts'
import { issue, serveConfig } from './harness/served.ts'
import { until } from './harness/until.ts'
import { post } from './harness/wire.ts'

const SERVER = join(import.meta.dirname, 'harness/offering-server.js')

const tool = (name: string) => ({ name, inputSchema: { type: 'object' } })

t.test('garbage in one list', async (t) => {
  const ada = issue({ subject: 'ada', roles: ['all'] })
  const stdio = (file: string) => ({
    type: 'stdio',
    command: process.execPath,
    args: [SERVER, file],
  })
  const servers = { good: stdio('good.json'), odd: stdio('odd.json') }
  const allow = {
    good: ['*', { prompt: '*' }],
    odd: ['*', { prompt: '*' }],
  }
  const odd = { tools: [tool('a'), { name: 'no-schema' }], prompts: 'none' }
  const { gateway, folder, records } = await serveConfig(
    t,
    { servers, roles: { all: { allow } } },
    [ada],
    undefined,
    {
      'good.json': JSON.stringify({
        tools: [tool('b')],
        prompts: [{ name: 'p' }],
      }),
      'odd.json': JSON.stringify(odd),
    },
  )
  const list = async (method: string) =>
    (await post(gateway.url, ada.token, method)).body
  t.match(await list('tools/list'), /good__b.*odd__a/)
  t.notMatch(await list('tools/list'), 'no-schema')
  t.match(await list('prompts/list'), 'good__p')
  const { problems = [], state } =
    gateway.status().servers.find(({ name }) => name === 'odd') ?? {}
  t.equal(state, 'up')
  t.match(problems.join('\n'), /prompts\/list: prompts\/list answered no list/)
  t.match(problems.join('\n'), /tools\/list: 1 of its definitions/)
  await until(() => records().some(({ notice }) => notice === 'listing'))

  const lock = await runHere(['lock', 'odd', '--cwd', folder])
  t.equal(lock.code, 1, 'half an offer is not locked')
  t.match(lock.stderr, /odd: does not speak MCP: /)

  const file = join(folder, 'odd.json')
  const mended = { ...odd, prompts: [{ name: 'q' }] }
  writeFileSync(file, JSON.stringify(mended))
  await until(async () => /odd__q/.test(await list('prompts/list')), 'mended')
  writeFileSync(file, JSON.stringify(odd))
  await until(() => {
    const [one] = gateway.status().servers.filter(({ name }) => name === 'odd')
    return (one?.problems.length ?? 0) === 2
  }, 'broken again')
  t.match(await list('prompts/list'), 'odd__q', 'what was listed last stays')
})

// A reload to the first table in which somebody signs in: what it needs is loaded
// before it is in force, and where that cannot be, the old table stays.
// Covers src/runtime/sign-ins.ts, src/runtime/control.

import {
  cpSync,
  mkdirSync,
  readdirSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { CONFIG, FRAGMENT, serveTeam } from '../harness/folder.ts'
import { root, runHere } from '../harness/gateway.ts'
import { makeFolder, serveFolder } from '../harness/process.ts'
import { readRecords } from '../harness/served.ts'
import { until } from '../harness/until.ts'
import { post } from '../harness/wire.ts'

/** The built command in a folder of its own, to take a part of it away. */
function copyCommand(t: Test): string {
  const own = join(makeFolder(t, {}), 'own')
  mkdirSync(join(own, 'dist'), { recursive: true })
  const run = join(own, 'dist/run')
  cpSync(join(root, 'dist/run'), run, { recursive: true })
  for (const name of ['dist/src', 'node_modules', 'package.json', 'schema']) {
    symlinkSync(join(root, name), join(own, name))
  }
  return run
}

const SIGNED = `${FRAGMENT("'echo'").replace('stdio }', 'http, oauth, stdio }')}
export const more = defineServers({
  tickets: http({
    url: 'https://tickets.example/mcp',
    auth: oauth({ as: 'person' }),
  }),
})
`

t.test('what signs in is there before the table that needs it', async (t) => {
  const { folder, tokens, served } = await serveTeam(t)
  await served.stop()
  const [ada] = tokens
  const compile = async () => {
    const { code, stdout, stderr } = await runHere(['compile'], { cwd: folder })
    t.equal(code, 0, stderr)
    return stdout
  }
  const plain = await compile()
  writeFileSync(join(folder, 'fragment.ts'), SIGNED)
  writeFileSync(
    join(folder, 'gateway.config.ts'),
    CONFIG.replace('{ roles,', '{ more, roles,').replace(
      '  servers,\n',
      '  servers: { ...servers, ...more },\n',
    ),
  )
  const signed = await compile()
  t.match(JSON.parse(signed), { table: { servers: { tickets: {} } } })

  const run = copyCommand(t)
  const away = readdirSync(run).filter((name) => /^sign-ins-.*js$/.test(name))
  t.equal(away.length, 1)
  const [part = ''] = away
  renameSync(join(run, part), join(run, `${part}.away`))
  const near = makeFolder(t, { 'table.json': plain })
  const command = [process.execPath, join(run, 'gateway.js'), 'serve']
  const again = await serveFolder(t, near, ['table.json'], {}, command)
  const list = async () => (await post(again.url, ada, 'tools/list')).body
  t.match(await list(), 'local__pid', 'it serves without')

  writeFileSync(join(near, 'table.json'), signed)
  await until(() => /reload rejected/.test(again.stderr()), 'it is refused')
  t.match(again.stderr(), /what signs in cannot be loaded: .*sign-ins-/)
  t.match(await list(), 'local__pid', 'the old table stays')

  renameSync(join(run, `${part}.away`), join(run, part))
  writeFileSync(join(near, 'table.json'), `${signed}\n`)
  await until(() => /reload accepted/.test(again.stderr()), 'it is tried again')
  t.notMatch(await list(), 'local__pid', 'the new table')
  const notices = () =>
    readRecords(join(near, 'audit/gateway.jsonl')).flatMap(({ notice }) =>
      ['start', 'accepted', 'rejected'].includes(String(notice)) ? notice : [],
    )
  await until(() => notices().length === 3, 'every notice')
  t.strictSame(notices(), ['start', 'rejected', 'accepted'])
  t.equal(await again.stop(), 0)
})

// Accounts of people whose tokens change hands, or end: nobody gets the account of
// another, and nobody without a token keeps one.
// Covers src/runtime/control and src/runtime/upstream.

import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { compile } from '../../src/compile.ts'
import { startGateway } from '../../src/runtime/gateway.ts'
import { writeLock } from '../harness/oauth/locked.ts'
import { servePeople } from '../harness/oauth/people.ts'
import {
  begin,
  findCallback,
  logIn,
  signInAt,
  Walker,
} from '../harness/oauth/walk.ts'
import { CLIENTS, connect } from '../harness/served.ts'
import { until } from '../harness/until.ts'

const TOOL = 'notion__search_issues'

async function serve(t: Test, lock?: Readonly<Record<string, string>>) {
  const files = lock ?? (await writeLock())
  const scene = await servePeople(t, { files })
  const signIn = (token: string, login: string, server?: string) =>
    signInAt(scene.origin, token, login, server)
  const listFiles = () =>
    readdirSync(join(scene.folder, 'grants')).filter((one) =>
      one.endsWith('.grant'),
    )
  const { ids, grants } = scene
  const table = (own: { ann?: object | null; bob?: object } = {}) => ({
    ...scene.config,
    tokens: {
      grants: {
        ...(own.ann !== null && {
          [ids.ann]: { ...grants.ann, ...own.ann },
        }),
        [ids.bob]: { ...grants.bob, ...own.bob },
      },
    },
  })
  const revocations = () =>
    scene.logins.paths.filter((path) => path.includes('/revocation')).length
  return { ...scene, signIn, files: listFiles, table, revocations }
}

t.test('a token that is of another person now', async (t) => {
  const { gateway, ann, signIn, reload, table, notion } = await serve(t)
  await signIn(ann, 'ann-at-notion')
  const modern = await connect(t, 'sdk 2.x modern', gateway.url, ann)
  t.equal(await modern.call(TOOL, { q: 'x' }), 'found x')
  const before = notion.calls.length
  await reload(table({ ann: { subject: 'eve' } }))
  t.match(await modern.call(TOOL, { q: 'x' }), /needs you to sign in/)
  t.equal(notion.calls.length, before, 'nothing more ran as ann')
})

t.test('what a server lists for one person alone', async (t) => {
  const { gateway, ann, bob, signIn, reload, table, askAdmin } = await serve(
    t,
    {},
  )
  await signIn(ann, 'ann-at-notion')
  await signIn(bob, 'bob-at-notion')
  for (const kind of CLIENTS) {
    const own = await connect(t, kind, gateway.url, ann)
    t.ok((await own.names()).includes(TOOL), `${kind}: ann`)
  }
  await askAdmin('DELETE', '/connect/notion?subject=ann')
  for (const kind of CLIENTS) {
    const own = await connect(t, kind, gateway.url, ann)
    t.same(await own.names(), [], `${kind}: ann, disconnected`)
    const other = await connect(t, kind, gateway.url, bob)
    t.ok((await other.names()).includes(TOOL), `${kind}: bob`)
  }
  await reload(table({ bob: { subject: 'eve' } }))
  for (const kind of CLIENTS) {
    const own = await connect(t, kind, gateway.url, bob)
    t.same(await own.names(), [], `${kind}: eve`)
  }
})

t.test('a token that the table holds no more', async (t) => {
  const { ann, bob, signIn, files, reload, table, revocations } = await serve(t)
  await signIn(ann, 'ann-at-notion')
  await signIn(bob, 'bob-at-notion')
  await reload(table({ ann: null }))
  await until(() => files().length === 1)
  await until(() => revocations() > 0)
})

t.test('the last token is revoked, another has ended long ago', async (t) => {
  const { gateway, ids, ann, signIn, files, reload, table } = await serve(t)
  await signIn(ann, 'ann-at-notion')
  const whole = table()
  const past = {
    subject: 'ann',
    roles: ['all'],
    created: '2020-01-01T00:00:00.000Z',
    expires: '2020-02-01T00:00:00.000Z',
    sha256: '0'.repeat(64),
  }
  const tokens = { grants: { ...whole.tokens.grants, abcdefabcdef: past } }
  await reload({ ...whole, tokens })
  await gateway.revoke({ kind: 'token', value: ids.ann })
  await until(() => files().length === 0)
})

t.test('a person who is revoked while their code is exchanged', async (t) => {
  const scene = await serve(t)
  const { gateway, origin, ann, logins, files, revocations } = scene
  const walker = new Walker()
  const page = await logIn(walker, origin, ann, '/connect/notion')
  const onward = await begin(walker, page, 'notion')
  const callback = await findCallback(walker, onward, 'ann-at-notion')
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  let isHeld = false
  logins.fault = async (request, response) => {
    if (request.url === '/token' && !isHeld) {
      isHeld = true
      await held
    }
    return logins.answer(request, response)
  }
  const back = walker.get(callback)
  await until(() => isHeld)
  await gateway.revoke({ kind: 'subject', value: 'ann' })
  release()
  await back
  await until(() => files().length === 0)
  await until(() => revocations() > 0)
})

t.test('accounts at a server that is disabled, or gone', async (t) => {
  const scene = await serve(t)
  const { ann, bob, signIn, files, reload, table, askAdmin, revocations } =
    scene
  await signIn(ann, 'ann-at-notion')
  await signIn(ann, 'ann-at-drive', 'drive')
  await signIn(bob, 'bob-at-notion')
  const whole = table()
  const { notion, drive, wiki } = whole.servers
  const { all } = whole.roles
  await reload({
    ...whole,
    servers: { notion: { ...notion, disabled: true }, wiki },
    roles: {
      all: { allow: { notion: all.allow.notion } },
      some: whole.roles.some,
    },
  })
  t.ok(drive)
  const list = async () => {
    const { body } = await askAdmin('GET', '/connect')
    return body.accounts.map((one: { server: string; subject: string }) => [
      one.server,
      one.subject,
    ])
  }
  t.same(await list(), [
    ['drive', 'ann'],
    ['notion', 'ann'],
    ['notion', 'bob'],
  ])
  const ended = await askAdmin('DELETE', '/connect/drive?subject=ann')
  t.equal(ended.status, 200)
  t.equal(files().length, 2)
  await until(() => revocations() > 0)
  const before = revocations()
  await scene.gateway.revoke({ kind: 'subject', value: 'bob' })
  await until(() => files().length === 1)
  await until(() => revocations() > before)
  t.same(await list(), [['notion', 'ann']])
})

t.test('a person who is revoked while no gateway runs', async (t) => {
  const scene = await serve(t)
  const { gateway, folder, ann, bob, signIn, files, revocations } = scene
  await signIn(ann, 'ann-at-notion')
  await signIn(bob, 'bob-at-notion')
  await gateway.close()
  const revoked = new Date().toISOString()
  writeFileSync(
    join(folder, 'gateway.config.json'),
    JSON.stringify(scene.table({ ann: { revoked } })),
  )
  const { artefact, diagnostics } = await compile({
    cwd: folder,
    now: Date.now(),
    places: 'always',
  })
  if (!artefact) throw new Error(JSON.stringify(diagnostics))
  const next = await startGateway({
    artefact,
    root: folder,
    version: '0.0.0-test',
    log: pino({ level: 'silent' }),
    env: process.env,
    port: 0,
    adminPort: 0,
  })
  t.teardown(() => next.close())
  await until(() => files().length === 1, 'the grant of ann is gone')
  await until(() => revocations() > 0)
})

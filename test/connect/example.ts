// examples/oauth, served before real servers and real authorization servers: its
// tools are listed, granted and explained before anybody has signed in.
// Covers src/runtime/connect, src/runtime/oauth.

import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { compile } from '../../src/compile.ts'
import { deriveToken, readKey } from '../../src/runtime/base/key.ts'
import { root, runHere } from '../harness/gateway.ts'
import {
  CLIENTS,
  KEY,
  startAuthorizationServer,
} from '../harness/oauth/authorization-server.ts'
import { startProtectedServer } from '../harness/oauth/protected-server.ts'
import { begin, findOnward, logIn, Walker } from '../harness/oauth/walk.ts'
import { connect, issue, serveConfig } from '../harness/served.ts'

const EXAMPLE = join(root, 'examples/oauth')
const SECRET = 'a-secret-of-tasks-of-thirty-signs'

const LOCK = JSON.parse(
  readFileSync(join(EXAMPLE, 'gateway.lock.json'), 'utf8'),
)

t.test('the example, from the lock to the calls', async (t) => {
  const scene = await serveExample(t)
  const { gateway, tokens, people, login, pages, tasks } = scene
  const { ann, bob } = tokens
  const finance = await connect(t, 'sdk 1.x', gateway.url, ann)
  t.same([...(await finance.names())].sort(), [
    'ledger__search_invoices',
    'pages__read_page',
    'pages__search_pages',
    'tasks__list_tasks',
  ])
  t.same([pages.accepted, tasks.accepted], [[], []], 'nobody has signed in')
  t.equal(await finance.call('ledger__search_invoices', { q: 'x' }), DONE)

  const open = `Open ${scene.origin}/connect/pages in a browser`
  t.match(await finance.call('pages__read_page', { id: '1' }), open)
  people.choices.person = 'ann-at-pages'
  const walker = new Walker()
  const page = await logIn(walker, scene.origin, ann, '/connect/pages')
  const back = await walker.get(await begin(walker, page, 'pages'))
  t.equal(back.url, `${scene.origin}/connect/pages`)
  t.equal(await finance.call('pages__read_page', { id: '1' }), DONE)
  const docs = await connect(t, 'sdk 1.x', gateway.url, bob)
  const page2 = { title: 'x', body: 'y' }
  t.match(await docs.call('pages__create_page', page2), open, 'not as ann')

  const task = { project: 'x', title: 'y' }
  t.match(await docs.call('tasks__create_task', task), /operator|sign in/)
  login.choices.person = 'the-team'
  await signInOperator(scene)
  t.equal(await docs.call('tasks__create_task', task), DONE)
  t.equal(await finance.call('tasks__list_tasks', { project: 'x' }), DONE)
  t.same(pages.subjects(), ['ann-at-pages'])
  t.same(tasks.subjects(), ['the-team'])
  const identities = scene
    .records()
    .filter(({ event, outcome }) => event === 'outcome' && outcome === 'ok')
    .flatMap(({ server, upstreamIdentity: one }) =>
      server ? [`${server}: ${one}`] : [],
    )
  t.same([...new Set(identities)].sort(), [
    'ledger: gateway',
    'pages: person',
    'tasks: gateway',
  ])
})

t.test('what the example grants is compared before a sign-in', async (t) => {
  const cwd = t.testdir()
  cpSync(EXAMPLE, cwd, { recursive: true })
  const run = (...args: string[]) => runHere(args, { cwd })
  const fine = await run('check', '--strict')
  t.equal(fine.code, 0, fine.stdout)
  const base = 'gateway.base.config.ts'
  cpSync(join(cwd, 'gateway.config.ts'), join(cwd, base))
  const file = join(cwd, 'gateway.config.ts')
  const text = readFileSync(file, 'utf8')
    .replace("as: 'person'", "as: 'gateway'")
    .replace("'read_page'],", "'read_page', 'create_page'],")
    .replace("deny: { pages: ['create_page'], tasks", 'deny: { tasks')
  writeFileSync(file, text)
  const { stdout } = await run('diff', '--base-config', base)
  t.match(
    stdout,
    /an operator now signs in to server pages, with one account for all/,
  )
  t.match(stdout, /\(team finance\) gains:\n {2}pages\/create_page/)
})

const DONE = 'done'

async function serveExample(t: Test) {
  const [people, login, id] = await Promise.all([
    startAuthorizationServer([]),
    startAuthorizationServer([]),
    startAuthorizationServer([{ ...CLIENTS[2], client_id: 'gateway' }]),
  ])
  const [pages, tasks, ledger] = await Promise.all([
    startOffering(people, 'pages'),
    startOffering(login, 'tasks'),
    startOffering(id, 'ledger'),
  ])
  t.teardown(async () => {
    for (const one of [pages, tasks, ledger]) await one.close()
    for (const one of [people, login, id]) await one.close()
  })
  const cwd = t.testdir()
  cpSync(EXAMPLE, cwd, { recursive: true })
  const file = join(cwd, 'gateway.config.ts')
  const text = readFileSync(file, 'utf8')
    .replace("publicUrl: 'https://gateway.example.com',", '')
    .replace('https://pages.example.com/mcp', pages.url)
    .replace('https://tasks.example.com/mcp', tasks.url)
    .replace('https://ledger.example.com/mcp', ledger.url)
    .replace('https://login.example.com', login.issuer)
    .replace('https://id.example.com', id.issuer)
    .replace('env:TASKS_SECRET', 'file:tasks.secret')
  writeFileSync(file, text)
  const { authored } = await compile({ cwd, now: Date.now() })
  const ann = issue({ subject: 'ann', team: 'finance' })
  const bob = issue({ subject: 'bob', team: 'docs' })
  const config = { ...Object(authored), drain: '1s' }
  const served = await serveConfig(t, config, [ann, bob], undefined, {
    'gateway.lock.json': JSON.stringify(LOCK),
    'gw.jwk': JSON.stringify(KEY.privateJwk),
    'tasks.secret': SECRET,
  })
  const { origin } = new URL(served.gateway.localUrl)
  login.register([appOf(`${origin}/connect/tasks/callback`)])
  const tokens = { ann: ann.token, bob: bob.token }
  return { ...served, origin, tokens, people, login, pages, tasks }
}

function appOf(redirect: string): object {
  return {
    client_id: 'gateway',
    client_secret: SECRET,
    redirect_uris: [redirect],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    application_type: 'native',
    token_endpoint_auth_method: 'client_secret_basic',
  }
}

/** With a code of the admin listener, as `gateway connect` does. */
async function signInOperator({
  folder,
  gateway,
}: Pick<Awaited<ReturnType<typeof serveExample>>, 'folder' | 'gateway'>) {
  const admin = deriveToken(readKey(join(folder, 'gateway.key')), 'admin')
  const answer = await fetch(`${gateway.adminUrl}/connect/tasks`, {
    method: 'POST',
    headers: { authorization: `Bearer ${admin}` },
  })
  const { code, url } = (await answer.json()) as { code: string; url: string }
  const walker = new Walker()
  const page = await walker.get(url)
  const next = await walker.submit(page, '/connect/tasks/operator', { code })
  await walker.get(findOnward(next))
}

/** A protected server that offers what the lock of the example holds. */
async function startOffering(
  as: Parameters<typeof startProtectedServer>[0],
  name: string,
) {
  const subjects = new Set<string>()
  const { tools, serverInfo } = LOCK.servers[name]
  const start = async () => {
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const { id, method } = JSON.parse(
        Buffer.concat(chunks).toString() || '{}',
      )
      if (id === undefined) return response.writeHead(202).end()
      if (method === 'tools/call') {
        subjects.add(subjectOf(request.headers.authorization))
      }
      const result = answerOf(method)
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ jsonrpc: '2.0', id, result }))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const close = async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
    return { url: `http://127.0.0.1:${port}/mcp`, close }
  }
  const answerOf = (method: string) => {
    if (method === 'tools/list') return { tools }
    if (method === 'tools/call') {
      return { content: [{ type: 'text', text: DONE }] }
    }
    const capabilities = { tools: {} }
    return { protocolVersion: '2025-11-25', capabilities, serverInfo }
  }
  const one = await startProtectedServer(as, start)
  return Object.assign(one, { subjects: () => [...subjects] })
}

/** Whose token it is. */
function subjectOf(authorization = ''): string {
  const [, payload = ''] = authorization.split('.')
  return JSON.parse(Buffer.from(payload, 'base64url').toString()).sub
}

// Real clients and a real provider: discovery, registration, sign-in, calls; and
// clients with a header, beside them.
// Covers src/runtime/login.

import t from 'tap'
import { runHere } from '../harness/gateway.ts'
import { serveLogin } from '../harness/login/scene.ts'
import { signInBy } from '../harness/login/sign-in.ts'
import { startAuthorizationServer } from '../harness/oauth/authorization-server.ts'
import { CLIENTS, connect } from '../harness/served.ts'

const ONE_GROUP = {
  teams: { claim: 'groups', map: { 'mcp-platform': 'platform' } },
}

t.test('clients that know nothing but OAuth', async (t) => {
  const as = await startAuthorizationServer()
  t.teardown(() => as.close())
  as.choices.person = 'ada'
  as.claims = (name) => ({
    email: `${name}@acme.com`,
    groups: ['mcp-platform'],
  })
  const scene = await serveLogin(t, {
    company: { ...as, audience: '' } as never,
    login: { scopes: ['read'] },
  })
  const { at, url, mine, records, everything, folder } = scene
  for (const kind of CLIENTS) {
    const { client, provider } = await signInBy(kind, at)
    t.teardown(() => client.close())
    const [sent] = provider.sent
    t.equal(sent?.searchParams.get('resource'), at, `${kind}: for the endpoint`)
    t.equal(sent?.searchParams.get('scope')?.split(' ')[0], 'read')
    const { tools } = await client.listTools()
    t.ok(tools.some(({ name }) => name === 'issues__search_issues'))
    const called = await client.callTool({
      name: 'issues__search_issues',
      arguments: { q: 'x' },
    })
    t.match(JSON.stringify(called), 'found x', kind)
    t.equal(provider.sent.length, 1, 'one sign-in')
  }
  const calls = records().filter(
    ({ event, tool }) => event === 'outcome' && tool,
  )
  t.equal(calls.length, CLIENTS.length)
  for (const { subject, team, login, tokenId } of calls) {
    t.match(
      { subject, team, issuer: login?.issuer },
      { subject: 'ada@acme.com', team: 'platform', issuer: as.issuer },
    )
    t.match(login?.client, /./)
    t.equal(tokenId, calls[0]?.tokenId, 'one person, three clients')
  }
  // Those with a token in a header, at the other path, do not see any of it.
  const before = as.paths.length
  for (const kind of CLIENTS) {
    const { names, call } = await connect(t, kind, url, mine.token)
    t.ok((await names()).includes('issues__search_issues'), kind)
    t.match(await call('issues__search_issues', { q: 'x' }), 'found x')
  }
  t.equal(as.paths.length, before)
  for (const kind of CLIENTS) {
    // With a wrong token they look for a login, and use none of another path.
    const failed = await signInBy(kind, url).catch((error: Error) => error)
    t.ok(failed instanceof Error, `${kind}: no login at the path of headers`)
    t.comment(kind, String(failed))
  }
  t.same(
    as.paths.slice(before).filter((path) => path.startsWith('/auth')),
    [],
    'nobody is sent to the provider',
  )
  t.notMatch(everything(), /eyJ[\w-]+\.eyJ/)
  const run = (...args: string[]) => runHere(args, { cwd: folder })
  const live = await run('check', '--live')
  t.match(
    live.stdout + live.stderr,
    new RegExp(`People of ${as.issuer} come to .*/sso/mcp, .*signed by ES256`),
  )
  const replayed = await run('audit', 'replay', '--fail-on', 'losses')
  t.equal(replayed.code, 0, replayed.stdout)
  const fewer = { teams: { platform: { roles: ['read'] } } }
  await scene.reload(
    scene.config({ ...fewer, roles: { all: {}, read: {} } }, ONE_GROUP),
  )
  const lost = await run('audit', 'replay', '--fail-on', 'losses')
  t.equal(lost.code, 1, lost.stdout)
  t.match(lost.stdout, 'ada@acme.com')
})

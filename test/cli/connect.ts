// `gateway connect` and `gateway grants`: accounts from the command line, with a
// real gateway and a real authorization server.
// Covers src/cli.

import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { run } from '../../src/cli/run.ts'
import { makeIo, runHere } from '../harness/gateway.ts'
import { servePeople } from '../harness/oauth/people.ts'
import {
  begin,
  consentThere,
  findOnward,
  logIn,
  Walker,
} from '../harness/oauth/walk.ts'
import { openSchema } from '../harness/schema.ts'
import { until } from '../harness/until.ts'

/** Runs a verb that waits for somebody. */
function start(
  args: readonly string[],
  cwd: string,
  input = '',
  env: Readonly<Record<string, string>> = {},
) {
  const io = { ...makeIo(cwd), env }
  io.stdin.end(input)
  let told = ''
  io.stderr.on('data', (chunk) => {
    told += chunk
  })
  const ended = run(args, io).then(async (code) => {
    io.stdout.end()
    io.stderr.end()
    return { code, stdout: await text(io.stdout), stderr: told }
  })
  const isWaiting = () => told.includes('waiting for the sign-in\n')
  return { ended, waits: () => until(isWaiting), told: () => told }
}

t.test('a person connects, and is connected', async (t) => {
  const { origin, ann, folder } = await servePeople(t)
  const args = ['connect', 'notion', '--gateway', `${origin}/mcp`]
  const waiting = start(args, folder, `${ann}\n`)
  await waiting.waits()
  t.equal(
    waiting.told(),
    'Open this address, enter your gateway token there, and sign in:\n' +
      `  ${origin}/connect/notion\nwaiting for the sign-in\n`,
  )
  const walker = new Walker()
  const page = await logIn(walker, origin, ann, '/connect/notion')
  await consentThere(walker, await begin(walker, page, 'notion'), 'ann')
  const { code, stdout } = await waiting.ended
  t.equal(code, 0)
  t.equal(stdout, 'Connected to notion as ann.\n')
  const program = await runHere([...args, '--report', 'json'], {
    cwd: folder,
    input: ann,
  })
  const connected = JSON.parse(program.stdout)
  t.same(openSchema('connect.schema.json')(connected), [])
  t.match(connected, { server: 'notion', subject: 'ann', isNew: false })
  const again = await runHere(args, { cwd: folder, input: ann })
  t.equal(again.code, 0)
  t.match(again.stdout, /^notion is connected as ann, since 20\S+Z\.\n$/)
  t.notMatch(again.stderr, ann)
  const once = start([...args, '--again'], folder, ann)
  await once.waits()
  const next = await walker.get(`${origin}/connect/notion`)
  await consentThere(walker, await begin(walker, next, 'notion'), 'ann')
  t.equal((await once.ended).stdout, 'Connected to notion as ann.\n')
})

t.test('the browser gets the address and no token', async (t) => {
  const { origin, ann, folder } = await servePeople(t)
  const program = join(folder, 'browser.sh')
  writeFileSync(program, `#!/bin/sh\necho "$#" "$@" >> '${folder}/opened'\n`)
  chmodSync(program, 0o755)
  const args = ['connect', 'notion', '--gateway', origin]
  const env = { BROWSER: program, PATH: process.env.PATH ?? '' }
  const quiet = start([...args, '--no-browser'], folder, ann, env)
  await quiet.waits()
  const loud = start(args, folder, ann, env)
  await loud.waits()
  const file = join(folder, 'opened')
  const read = () => (existsSync(file) ? readFileSync(file, 'utf8') : '')
  await until(() => read().endsWith('\n'))
  const opened = read()
  t.equal(opened, `1 ${origin}/connect/notion\n`, 'once')
  const walker = new Walker()
  const page = await logIn(walker, origin, ann)
  await consentThere(walker, await begin(walker, page, 'notion'), 'ann')
  for (const { ended } of [quiet, loud]) t.equal((await ended).code, 0)
})

t.test('what cannot be connected', async (t) => {
  const { origin, ann, bob, folder } = await servePeople(t)
  const ask = (name: string, input: string, ...more: readonly string[]) =>
    runHere(['connect', name, '--gateway', origin, ...more], {
      cwd: folder,
      input,
    })
  const misspelt = await ask('notoin', ann)
  t.equal(misspelt.code, 1)
  t.match(misspelt.stderr, 'there is no server `notoin` that you can connect')
  t.match(misspelt.stderr, 'did you mean `notion`?')
  t.equal((await ask('drive', bob)).code, 1)
  t.equal((await ask('wiki', ann)).code, 1, 'shared')
  const wrong = await ask('notion', `${ann}x`)
  t.equal(wrong.code, 2)
  t.match(wrong.stderr, 'does not accept this token')
  t.notMatch(wrong.stderr, ann)
  t.equal((await ask('../state', ann)).code, 2)
  t.equal((await ask('notion', ann, '--as', 'person')).code, 2)
  t.equal((await ask('notion', '', '--token-file', ann)).code, 2)
  const there = (url: string) =>
    runHere(['connect', 'notion', '--gateway', url], { input: ann })
  const clear = await there('http://gateway.example.com')
  t.equal(clear.code, 2)
  t.match(clear.stderr, 'https, or http on this host')
  t.equal((await there('not a url')).code, 2)
  const silent = await there('http://127.0.0.1:1')
  t.equal(silent.code, 2)
  t.match(silent.stderr, 'no gateway answers at http://127.0.0.1:1')
})

t.test('a redirect gets no token', async (t) => {
  const seen: (string | undefined)[] = []
  const server = createServer(({ url, headers }, response) => {
    seen.push(url)
    if (url === '/connect/state') {
      response.writeHead(307, { location: '/elsewhere' })
    }
    response.end(headers.authorization)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  const asked = await runHere(['connect', 'notion', '--gateway', url], {
    input: 'gwt_x',
  })
  t.equal(asked.code, 2)
  t.same(seen, ['/connect/state'])
})

t.test('an operator connects, lists, revokes', async (t) => {
  const { origin, ann, folder, gateway, steps } = await servePeople(t)
  const there = ['--gateway', gateway.adminUrl]
  const waiting = start(
    ['connect', 'wiki', '--as', 'gateway', ...there],
    folder,
  )
  await waiting.waits()
  const told = waiting.told()
  const [, code = ''] =
    /enter the code ([A-Z2-9]{4}-[A-Z2-9]{4}),/.exec(told) ?? []
  t.match(told, `\n  ${origin}/connect/wiki/operator\n`)
  const walker = new Walker()
  const page = await walker.get(`${origin}/connect/wiki/operator`)
  const asked = await walker.submit(page, '/connect/wiki/operator', { code })
  const done = await consentThere(walker, findOnward(asked), 'team')
  t.match(done.text, 'The shared account is connected')
  const ended = await waiting.ended
  t.equal(ended.stdout, 'Connected to wiki as the gateway.\n')
  t.equal(ended.code, 0)
  const used = await walker.submit(page, '/connect/wiki/operator', { code })
  t.equal(used.status, 401, 'a code is used once')

  const anns = new Walker()
  const hers = await logIn(anns, origin, ann)
  await consentThere(anns, await begin(anns, hers, 'notion'), 'ann')
  await consentThere(anns, await begin(anns, hers, 'drive'), 'ann')
  const grants = (...args: readonly string[]) =>
    runHere(['grants', ...args, ...there], { cwd: folder })
  const listed = await grants('list')
  t.equal(listed.code, 0, listed.stderr)
  t.match(listed.stdout, /^SERVER +ACCOUNT +STATE +SINCE +UNTIL +ISSUER/)
  t.match(
    listed.stdout,
    /^wiki +the gateway +connected +20\S+Z +renewed +http/m,
  )
  t.match(listed.stdout, /^notion +ann +connected/m)
  const json = JSON.parse((await grants('list', '--report', 'json')).stdout)
  t.same(openSchema('grants-list.schema.json')(json), [])
  t.equal(json.length, 3)
  t.strictSame(Object.keys(json[0]).sort(), [
    'grantId',
    'issuer',
    'renewed',
    'scopes',
    'server',
    'since',
    'state',
    'subject',
    'trouble',
    'until',
  ])

  const one = await grants('revoke', 'ann', 'notion')
  t.equal(one.stdout, 'notion: ann is disconnected\n')
  const rest = await grants('revoke', 'ann', '--report', 'json')
  const left = JSON.parse(rest.stdout)
  t.same(openSchema('grants-revoke.schema.json')(left), [])
  t.match(left.disconnected, [{ server: 'drive', subject: 'ann' }])
  const none = await grants('revoke', 'ann')
  t.equal(none.code, 1)
  t.equal(none.stderr, 'ann has no account\n')
  const shared = await grants('revoke', '--gateway-account', 'wiki')
  t.equal(shared.stdout, 'wiki: the gateway is disconnected\n')
  t.equal((await grants('list')).stdout, 'nobody is signed in\n')
  t.equal((await grants('revoke')).code, 2)
  t.equal((await grants('revoke', 'a', 'b', '--gateway-account')).code, 2)
  t.ok(steps().some(({ step, server }) => step === 'code' && server === 'wiki'))
})

t.test('a code is for one server, few tries and ten minutes', async (t) => {
  const { origin, askAdmin, folder, gateway } = await servePeople(t)
  const walker = new Walker()
  const type = async (code: string, server = 'wiki') => {
    const page = await walker.get(`${origin}/connect/${server}/operator`)
    const path = `/connect/${server}/operator`
    return (await walker.submit(page, path, { code })).status
  }
  const issue = async () => (await askAdmin('POST', '/connect/wiki')).body.code
  t.equal(await type('ABCD-EFGH'), 401, 'none was issued')
  const first = await issue()
  t.equal(await type(first, 'notion'), 401)
  const second = await issue()
  t.equal(await type(first), 401, 'the last one counts')
  t.equal(await type(second), 200)
  const third = await issue()
  for (let tries = 0; tries < 5; tries++) {
    t.equal(await type('ABCD-EFGH'), 401)
  }
  t.equal(await type(third), 401, 'after five wrong ones it is over')
  t.equal((await askAdmin('POST', '/connect/notion')).status, 404)
  t.equal((await askAdmin('POST', '/connect/nope')).status, 404)
  t.equal((await askAdmin('POST', '/connect/constructor')).status, 404)
  t.equal((await askAdmin('POST', '/connect/wiki', 'wrong')).status, 401)
  t.equal((await askAdmin('GET', '/connect', 'wrong')).status, 401)
  const gone = await askAdmin('DELETE', '/connect/notion?subject=ann')
  t.equal(gone.status, 404)
  const person = ['connect', 'notion', '--as', 'gateway']
  const refused = await runHere([...person, '--gateway', gateway.adminUrl], {
    cwd: folder,
  })
  t.equal(refused.code, 1)
  t.match(refused.stderr, 'notion: no server of this name has a shared account')
})

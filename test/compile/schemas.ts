// The schemas under schema/: what editors, auditors and other programs are told
// of our files, against the files as we write them.
// Covers src/contract.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import toml from '@iarna/toml'
import t from 'tap'
import { compile } from '../../src/compile.ts'
import { EVERY_KEY } from '../harness/every-key.ts'
import { makeFolder, runHere } from '../harness/gateway.ts'
import { startHttpServer } from '../harness/http-server.ts'
import { corrupt, openSchema, SCHEMAS } from '../harness/schema.ts'
import { connect, issue, readRecords, serveConfig } from '../harness/served.ts'
import { send } from '../harness/wire.ts'

const now = Date.UTC(2026, 10, 22)

t.test('every schema says what each key means, and allows no other', (t) => {
  for (const [name, { $id, title, description, ...schema }] of SCHEMAS) {
    t.equal($id, name)
    t.ok(title && description, `${name}: what it is of`)
    t.doesNotThrow(() => openSchema(name), name)
    const silent: string[] = []
    const loose: string[] = []
    const visit = (node: object, path: string) => {
      const { properties, description = '' } = node as Described
      if (properties && isLoose(node) && !/further members/.test(description)) {
        loose.push(path)
      }
      for (const [key, member] of Object.entries(properties ?? {})) {
        const to = String(member.$ref).replace('#/$defs/', '')
        const whole = { ...schema.$defs?.[to], ...member }
        if (!('description' in whole || 'const' in whole)) {
          silent.push(`${path}/${key}`)
        }
      }
      for (const [key, member] of Object.entries(node)) {
        const inner = typeof member === 'object' && member !== null
        if (inner) visit(member, `${path}/${key}`)
      }
    }
    visit(schema, '')
    t.same(silent, [], `${name}: keys without a description`)
    t.same(loose, [], `${name}: objects that allow any key`)
  }
  t.end()
})

interface Described {
  readonly description?: string
  readonly properties?: Readonly<Record<string, { readonly $ref?: string }>>
}

/** What both kinds of server have is closed by each of them. */
function isLoose(node: object): boolean {
  const closed = ['additionalProperties', 'unevaluatedProperties']
  const base = 'properties' in node && 'drift' in (node.properties as object)
  return !base && !closed.some((key) => Reflect.get(node, key) === false)
}

// Of golden cases and examples, test/compile/golden.ts and test/compile/examples.ts ask this too.
t.test('an artefact is as table.schema.json says', async (t) => {
  const judge = openSchema('table.schema.json')
  const { tokens, ...rest } = EVERY_KEY
  const whole = { ...rest, tokens: { ...tokens, file: 'none.toml' } }
  const cwd = makeFolder(t, { 'gateway.config.json': JSON.stringify(whole) })
  const { artefact: full } = await compile({ cwd, now, places: 'always' })
  t.same(judge(full), [])
  const wrong: readonly [string, unknown][] = [
    ['/formatVersion', 2],
    ['/digest', 'abc'],
    ['/table/extra', 1],
    ['/table/key', undefined],
    ['/table/listen/port', '4600'],
    ['/table/servers/github/type', 'sse'],
    ['/table/servers/github/command', 'x'],
    ['/table/servers/github/idle', '5m'],
    ['/table/servers/github/headers/authorization', { bearer: 'abc' }],
    ['/table/servers/files/env', { X: { secret: 'env:A', bearer: 'env:A' } }],
    ['/table/roles/reader/extends', []],
    ['/table/roles/reader/allow/github/entries/0', 'get_*'],
    ['/table/roles/reader/allow/github/entries/0/rule', undefined],
    ['/table/roles/reader/allow/github/entries/0/rule', 'roles'],
    ['/table/roles/reader/allow/github/entries/1/when', {}],
    ['/table/limits/each/rate/per', 'week'],
    ['/table/limits/each/each', 'token'],
    ['/table/tokens/a00000000000/secret', 'x'],
    ['/table/tokens/a00000000000/expires', '2026-11-22'],
    ['/table/tests/role/who', { role: 'reader', team: 'interns' }],
    ['/table/audit/keep/size', '1GB'],
    ['/places/~1roles~1reader', 'gateway.config.ts'],
    ['/definitions', undefined],
  ]
  for (const [pointer, value] of wrong) {
    const said = judge(corrupt(full, pointer, value))
    t.ok(said.length > 0, `${pointer} = ${JSON.stringify(value)}`)
  }
})

t.test('the tokens file is as tokens.schema.json says', async (t) => {
  const judge = openSchema('tokens.schema.json')
  const cwd = makeFolder(t, {
    'gateway.config.json': JSON.stringify({
      servers: { a: { type: 'http', url: 'https://example.com/mcp' } },
      roles: { reader: { allow: { a: ['*'] } } },
      teams: { interns: { roles: ['reader'] } },
    }),
  })
  const verb = async (...args: string[]) => {
    const { code, stderr } = await runHere(['token', ...args, '--cwd', cwd])
    t.equal(code, 0, stderr)
  }
  await verb('issue', '--subject', 'ann', '--role', 'reader')
  await verb('issue', '--subject', 'ben', '--team', 'interns', '--kind', 'ci')
  const file = join(cwd, 'gateway.tokens.toml')
  const read = () => {
    const parsed = toml.parse(readFileSync(file, 'utf8'))
    // Instants are texts in JSON.
    return JSON.parse(JSON.stringify(parsed)) as { token: object }
  }
  const [id = ''] = Object.keys(read().token)
  await verb('revoke', id)
  const whole = read()
  t.equal(Object.keys(whole.token).length, 2)
  t.same(judge(whole), [])
  const wrong: readonly [string, unknown][] = [
    ['/tokens', {}],
    ['/token/short', Object.values(whole.token)[0]],
    [`/token/${id}/secret`, 'x'],
    [`/token/${id}/sha256`, 'x'],
    [`/token/${id}/expires`, undefined],
    [`/token/${id}/kind`, 'robot'],
    [`/token/${id}/roles`, 'reader'],
  ]
  for (const [pointer, value] of wrong) {
    t.ok(judge(corrupt(whole, pointer, value)).length > 0, pointer)
  }
})

t.test('every audit record is as audit.schema.json says', async (t) => {
  const judge = openSchema('audit.schema.json')
  const upstream = await startHttpServer()
  t.teardown(() => upstream.close())
  const ann = issue({ subject: 'ann', roles: ['some'] })
  const config = {
    servers: { issues: { type: 'http', url: upstream.url } },
    roles: {
      some: {
        allow: {
          issues: [
            'search_*',
            { tool: 'create_issue', when: { owner: { equals: 'acme' } } },
            { prompt: '*' },
            { resource: 'note:*' },
          ],
        },
      },
    },
    limits: {
      few: { on: { issues: ['search_*'] }, calls: 1, per: 'day', burst: 2 },
      loose: {
        on: { issues: ['search_*'] },
        calls: 1,
        per: 'day',
        mode: 'warn',
      },
    },
    audit: { arguments: 'values' },
  }
  const served = await serveConfig(t, config, [ann])
  const { url } = served.gateway
  for (const kind of ['sdk 1.x', 'sdk 2.x modern'] as const) {
    const { client, names, call } = await connect(t, kind, url, ann.token)
    await names()
    await call('issues__search_issues', { q: 'x' })
    await call('issues__search_issues')
    await call('issues__create_issue', { owner: 'acme' })
    await call('issues__create_issue', { owner: 'else' })
    await call('nothing').catch(() => undefined)
    await call('issues__delete_file').catch(() => undefined)
    await client.getPrompt({ name: 'issues__greet' })
    await client.readResource({ uri: 'note://one' })
  }
  const bearer = { authorization: `Bearer ${ann.token}` }
  const json = { 'content-type': 'application/json' }
  await send(url, { headers: { ...bearer, ...json }, body: '{' })
  await send(url, { headers: json, body: '{}' })
  await served.reload({ ...config, drain: '1s' })
  served.gateway.reject(['GW2001 unknown key'], null)
  await served.gateway.close()

  const records = readRecords(join(served.folder, 'audit/gateway.jsonl'))
  for (const record of records)
    t.same(judge(record), [], JSON.stringify(record))
  const seen = new Set(
    records.flatMap(({ event, decision, notice }) => [
      `${event} ${decision ?? notice}`,
    ]),
  )
  t.same(
    [...seen].sort(),
    [
      'intent allowed',
      'notice accepted',
      'notice checkpoint',
      'notice rejected',
      'notice start',
      'notice stop',
      'outcome allowed',
      'refusal denied',
      'refusal limited',
      'refusal rejected',
      'refusal unauthenticated',
      'refusal unknown',
    ],
    'every kind of record was there',
  )

  const of = (event: string) =>
    records.find((one) => one.event === event && one.tool) ?? records[0]
  const wrong: readonly [unknown, string, unknown][] = [
    [of('intent'), '/event', 'call'],
    [of('intent'), '/outcome', 'ok'],
    [of('intent'), '/decision', 'denied'],
    [of('intent'), '/requestId', undefined],
    [of('intent'), '/rule', 'roles/some'],
    [of('intent'), '/authorization', 'x'],
    [of('outcome'), '/outcome', 'fine'],
    [of('outcome'), '/durationMs', -1],
    [of('outcome'), '/arguments', {}],
    [of('refusal'), '/decision', 'allowed'],
    [of('refusal'), '/table', undefined],
    [of('refusal'), '/ts', '2026-11-22'],
    [records[0], '/notice', 'hello'],
    [records[0], '/seq', 0],
  ]
  for (const [record, pointer, value] of wrong) {
    t.same(judge(record), [])
    t.ok(judge(corrupt(record, pointer, value)).length > 0, pointer)
  }
})

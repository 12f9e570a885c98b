// Many calls of several people at once, while accounts and the table change: each
// call carries the account of its own person.
// Covers src/runtime/upstream and src/runtime/control.

import t from 'tap'
import { writeLock } from '../harness/oauth/locked.ts'
import { servePeople } from '../harness/oauth/people.ts'
import { signInAt } from '../harness/oauth/walk.ts'
import { CLIENTS, connect, issue } from '../harness/served.ts'
import { until } from '../harness/until.ts'

const TOOL = 'notion__search_issues'

for (const isolation of ['principal', 'session'] as const) {
  t.test(`isolation: ${isolation}`, async (t) => {
    const scene = await servePeople(t, { files: await writeLock() })
    const { gateway, config, notion, ids, grants, origin, reload } = scene
    const others = [
      issue({ subject: 'ann', roles: ['some'], team: 'red' }),
      issue({ subject: 'Ann', roles: ['all'] }),
    ]
    const server = { ...config.servers.notion, isolation }
    const table = (title: string) => ({
      ...config,
      servers: { ...config.servers, notion: { ...server, title } },
      teams: { red: { roles: ['some'] } },
      tokens: {
        grants: {
          [ids.ann]: grants.ann,
          [ids.bob]: grants.bob,
          ...Object.fromEntries(others.map(({ id, record }) => [id, record])),
        },
      },
    })
    await reload(table('one'))
    const people = [
      ['ann', scene.ann],
      ['bob', scene.bob],
      ['ann', others[0]?.token ?? ''],
      ['Ann', others[1]?.token ?? ''],
    ] as const
    const signIn = (token: string, login: string) =>
      signInAt(origin, token, login)
    const wrong: string[] = []
    let right = 0
    notion.heard = (token, body) => {
      const { method, params } = JSON.parse(body || '{}')
      if (method !== 'tools/call') return
      const [, claims = ''] = token.split('.')
      const { sub } = JSON.parse(`${Buffer.from(claims, 'base64url')}`)
      const { q } = params.arguments
      if (sub.split('-at-')[0] === q) right++
      else wrong.push(`${sub} for ${q}`)
    }
    for (const [name, token] of people) await signIn(token, `${name}-at-one`)
    const clients = await Promise.all(
      people.flatMap(([name, token]) =>
        CLIENTS.map(async (kind) => {
          const { call } = await connect(t, kind, gateway.url, token)
          return { name, call }
        }),
      ),
    )
    let over = false
    const calls = clients.map(async ({ name, call }) => {
      while (!over) await call(TOOL, { q: name }).catch(String)
    })
    for (let round = 0; round < 4; round++) {
      await signIn(scene.ann, `ann-at-${round}`)
      await signIn(others[1]?.token ?? '', `Ann-at-${round}`)
      await reload(table(`round ${round}`))
      await scene.askAdmin('DELETE', '/connect/notion?subject=bob')
      await signIn(scene.bob, `bob-at-${round}`)
      const enough = right + 60
      await until(() => right > enough, 'calls go on')
    }
    over = true
    await Promise.all(calls)
    t.same(wrong, [])
    t.ok(right > 240, `${right} calls`)
  })
}

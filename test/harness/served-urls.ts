// A gateway over servers of which a test knows the URLs; two tokens may all.
// In: settings by name, `url` among them. Out: its endpoint, and calls.

import type { Test } from 'tap'
import type { Clock } from '../../src/runtime/base/clock.ts'
import { issue, serveConfig } from './served.ts'
import { post, readMessage } from './wire.ts'

export async function serveUrls(
  t: Test,
  servers: Record<string, object>,
  clock?: Clock,
) {
  const [ada, bob] = [
    issue({ subject: 'ada', roles: ['all'] }),
    issue({ subject: 'bob', roles: ['all'] }),
  ]
  const every = ['*', { prompt: '*' }, { resource: 'note://*' }]
  const allow = Object.fromEntries(
    Object.keys(servers).map((name) => [name, every]),
  )
  const config = {
    servers: Object.fromEntries(
      Object.entries(servers).map(([name, server]) => [
        name,
        { type: 'http', ...server },
      ]),
    ),
    roles: { all: { allow } },
  }
  const { gateway } = await serveConfig(t, config, [ada, bob], clock)
  /** The text of the result, or of the error. */
  const call = async (name: string, args: object = {}) => {
    const params = { name, arguments: args }
    const { body } = await post(gateway.url, ada.token, 'tools/call', params)
    const { result, error } = readMessage(body)
    return String(error?.message ?? result.content[0].text)
  }
  return { gateway, url: gateway.url, ada, bob, call }
}

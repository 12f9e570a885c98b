// What the suites are run against: the everything-server, and a gateway whose
// one server it is, behind a proxy that brings the token.
// In: nothing. Out: two URLs, and how to end all that was started.

import {
  type EverythingServer,
  startEverythingServer,
} from '../everything-server.ts'
import { gateway } from '../gateway.ts'
import { startHeaderShim } from '../header-shim.ts'
import { makeFolder, type Owner, serveFolder } from '../process.ts'

/** All is granted and nothing is named anew, so that the suite finds what it
 * asks for; no limit stands in its way. */
const makeConfig = (url: string) => ({
  servers: {
    everything: {
      type: 'http',
      url,
      prefix: '',
      requests: ['elicitation', 'sampling', 'roots'],
      concurrency: 1_000,
      maxSessions: 1_000,
    },
  },
  roles: {
    all: { allow: { everything: ['*', { prompt: '*' }, { resource: '*' }] } },
  },
  caps: { streams: 1_000 },
})

export interface Targets {
  readonly direct: string
  readonly through: string
}

export async function startTargets(owner: Owner): Promise<Targets> {
  const server: EverythingServer = await startEverythingServer()
  owner.teardown(() => server.close())
  const folder = makeFolder(owner, {
    'gateway.config.json': JSON.stringify(makeConfig(server.url)),
  })
  const who = ['--subject', 'suite', '--role', 'all', '--cwd', folder]
  const issued = await gateway(['token', 'issue', ...who], { cwd: folder })
  if (issued.code !== 0) throw new Error(issued.stderr)
  const served = await serveFolder(owner, folder)
  const shim = await startHeaderShim(served.url, issued.stdout.trim())
  owner.teardown(() => shim.close())
  return { direct: server.url, through: shim.url }
}

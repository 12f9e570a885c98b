// What the suites are run against: the everything-server, and a gateway whose
// one server it is, behind a proxy that brings the token.
// In: nothing. Out: URLs, and how to end all that was started.

import {
  type EverythingServer,
  startEverythingServer,
} from '../everything-server.ts'
import { runHere } from '../gateway.ts'
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
  /** Through a gateway, a server of that era alone. */
  bridge(era: 'legacy' | 'modern'): Promise<string>
}

export async function startTargets(owner: Owner): Promise<Targets> {
  const both = await startPair(owner, 'both')
  const bridges = new Map<string, Promise<string>>()
  const bridge = (era: 'legacy' | 'modern') => {
    const known =
      bridges.get(era) ?? startPair(owner, era).then(({ through }) => through)
    bridges.set(era, known)
    return known
  }
  return { ...both, bridge }
}

async function startPair(
  owner: Owner,
  eras: 'both' | 'legacy' | 'modern',
): Promise<Pick<Targets, 'direct' | 'through'>> {
  const server: EverythingServer = await startEverythingServer(eras)
  owner.teardown(() => server.close())
  const folder = makeFolder(owner, {
    'gateway.config.json': JSON.stringify(makeConfig(server.url)),
  })
  const who = ['--subject', 'suite', '--role', 'all', '--cwd', folder]
  const issued = await runHere(['token', 'issue', ...who], { cwd: folder })
  if (issued.code !== 0) throw new Error(issued.stderr)
  const served = await serveFolder(owner, folder)
  const shim = await startHeaderShim(served.url, issued.stdout.trim())
  owner.teardown(() => shim.close())
  return { direct: server.url, through: shim.url }
}

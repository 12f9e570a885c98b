// A gateway of this process, for one call.
// In: a compiled config, one of its servers, a token record. Out: its address.
// INVARIANT: it listens on loopback, writes the trail of development, starts no
// other server, and touches no account of the running gateway.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { pino } from 'pino'
import type { Artefact, RoutingTable, TokenRecord } from '../contract/table.ts'
import { plain } from '../diagnostics/shown.ts'
import { Unanswerable } from '../diagnostics/unanswerable.ts'
import { type Gateway, startGateway } from '../runtime/gateway.ts'
import { digestOf } from '../table/digest.ts'
import { nameDevTrail } from './dev.ts'
import { describeOrigin } from './origin.ts'
import { showsProgress, withProgress } from './progress.ts'
import { say } from './say.ts'
import type { Io } from './verb.ts'
import { readVersion } from './version.ts'

export interface OwnGateway {
  readonly gateway: Gateway
  /** Relative to the root folder. */
  readonly trail: string
  /** Why the server is not up. */
  readonly problem: string | null
  close(): Promise<void>
}

export interface Started {
  readonly artefact: Artefact
  readonly root: string
  readonly files: readonly string[]
  /** The only server that it starts. */
  readonly server: string
  readonly record: TokenRecord
  readonly env: Io['env']
}

/** Trails of development that may be in use at once. */
const MAX_TRAILS = 9

const LOOK_MS = 50

export async function startOwn(asked: Started, io: Io): Promise<OwnGateway> {
  const { artefact, root, files, server, record, env } = asked
  const folder = mkdtempSync(join(tmpdir(), 'gateway-call-'))
  const table = narrowTable(artefact.table, server, folder)
  const own = { ...artefact, table, digest: digestOf(table) }
  const options = {
    artefact: own,
    root,
    env,
    log: pino({ level: 'silent' }),
    version: readVersion(),
    port: 0,
    adminPort: 0,
    ownTokens: [record],
    origin: await describeOrigin(root, files),
  }
  try {
    const { gateway, trail } = await startFree(options)
    const problem = await withProgress(`${server}: starting`, io, () =>
      waitForServer(gateway, server, io),
    )
    const close = async () => {
      await gateway.close()
      rmSync(folder, { recursive: true, force: true })
    }
    return { gateway, trail, problem, close }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

/** The same rules and limits, with one server. */
function narrowTable(
  table: RoutingTable,
  server: string,
  folder: string,
): RoutingTable {
  const { listen, admin, servers, grants } = table
  const host = '127.0.0.1'
  return {
    ...table,
    listen: {
      ...listen,
      host,
      hosts: null,
      origins: null,
      tls: null,
      behindProxy: [],
    },
    admin: { ...admin, host, token: null },
    grants: { ...grants, folder },
    servers: Object.fromEntries(
      Object.entries(servers).map(([name, one]) => [
        name,
        { ...one, disabled: one.disabled || name !== server },
      ]),
    ),
  }
}

/** Another trail, where a gateway of development writes the first. */
async function startFree(
  options: Parameters<typeof startGateway>[0],
): Promise<{ readonly gateway: Gateway; readonly trail: string }> {
  for (let number = 1; ; number++) {
    const trail = nameDevTrail(options.artefact.table, number)
    try {
      return {
        gateway: await startGateway({ ...options, auditFile: trail }),
        trail,
      }
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      if (code === 'EBUSY' && number < MAX_TRAILS) continue
      if (code === undefined) throw error
      throw new Unanswerable(plain`cannot start: ${message}`)
    }
  }
}

async function waitForServer(
  gateway: Gateway,
  name: string,
  io: Io,
): Promise<string | null> {
  const ready = gateway.ready().then(() => 'ready' as const)
  const slow = await Promise.race([ready, wait(500, 'slow' as const)])
  if (slow === 'slow' && !showsProgress(io))
    say(io.stderr, plain`${name}: starting\n`)
  await ready
  for (;;) {
    const own = gateway.status().servers.find((one) => one.name === name)
    if (own?.state !== 'starting') return own?.reason ?? null
    await wait(LOOK_MS)
  }
}

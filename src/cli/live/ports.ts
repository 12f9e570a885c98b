// Whether a gateway could listen on the config's addresses.
// In: a table, where it would run. Out: findings; whether it runs already.
// INVARIANT: every opened port is closed before the result; nobody is served.

import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Diagnostic } from '../../contract/diagnostic.ts'
import { adminOrigin } from '../../contract/origins.ts'
import { finding } from '../../diagnostics/report.ts'
import { Unanswerable } from '../../diagnostics/unanswerable.ts'
import { askStatus, findAdminToken } from '../admin.ts'
import type { Scene } from './host.ts'

export interface PortsSeen {
  readonly findings: readonly Diagnostic[]
  /** A gateway with this config's key listens there. */
  readonly running: boolean
}

type Section = 'listen' | 'admin'

export async function findPortFaults(scene: Scene): Promise<PortsSeen> {
  const { listen, admin } = scene.artefact.table
  const asked = [
    ['listen', listen, await tryPort(listen)],
    ['admin', admin, await tryPort(admin)],
  ] as const
  const taken = asked.some(([, , code]) => code === 'EADDRINUSE')
  const running = taken && (await isOurs(scene))
  const findings = asked.flatMap(([section, at, code]) =>
    code === undefined || (running && code === 'EADDRINUSE')
      ? []
      : [describeFault(section, at, code)],
  )
  return { findings, running }
}

interface Address {
  readonly host: string
  readonly port: number
}

/** Returns the error's code; port 0 is any free port. */
async function tryPort({ host, port }: Address): Promise<string | undefined> {
  const server = createServer((socket) => socket.destroy())
  try {
    await once(server.listen({ host, port, exclusive: true }), 'listening')
    await new Promise((resolve) => server.close(resolve))
    return undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error)
  }
}

async function isOurs({ artefact, env, root }: Scene): Promise<boolean> {
  const { admin, key } = artefact.table
  try {
    const token = await findAdminToken(admin.token, key, { env, root })
    const url = adminOrigin(admin)
    return !('unreachable' in (await askStatus({ url, token })))
  } catch (error) {
    // There is no key yet, or something else answers there.
    if (error instanceof Unanswerable) return false
    throw error
  }
}

const WHY: Readonly<Record<string, string>> = Object.freeze({
  EADDRINUSE: 'is used by another program',
  EACCES: 'may not be used by this user',
  EADDRNOTAVAIL: 'is on an address that this machine does not have',
  ENOTFOUND: 'is on a host that has no address',
})

function describeFault(
  section: Section,
  { host, port }: Address,
  code: string,
): Diagnostic {
  const key = code === 'EADDRINUSE' || code === 'EACCES' ? 'port' : 'host'
  const message = `port ${port} of ${host} ${WHY[code] ?? `gives ${code}`}`
  return finding('GW8010', `/${section}/${key}`, message)
}

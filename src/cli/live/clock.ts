// Compares this machine's clock with others, because tokens depend on it.
// In: a table, servers that answered. Out: findings.
// INVARIANT: reads only the `Date` of a server, and sends no credentials.

import type { Diagnostic } from '../../contract/diagnostic.ts'
import type { HttpServer } from '../../contract/table.ts'
import { joinPointer } from '../../diagnostics/pointer.ts'
import { finding } from '../../diagnostics/report.ts'
import { makeConnect } from '../../runtime/outward/agent.ts'
import { Outward } from '../../runtime/outward/outward.ts'
import { formatWritten } from '../../table/references.ts'
import type { Scene } from './host.ts'

/** A smaller difference does not affect tokens in practice. */
const LEEWAY_MS = 30_000
const PATIENCE_MS = 5_000

/** A record from the future was written under a clock that is ahead of ours. */
export function findLateClock({ artefact, now }: Scene): readonly Diagnostic[] {
  const [last] = Object.values(artefact.table.tokens)
    .filter(({ created }) => created > now + LEEWAY_MS)
    .sort((a, b) => b.created - a.created)
  if (!last) return []
  const lag = formatSpan(last.created - now)
  const message = `token \`${last.id}\` was created ${lag} in the future, by this machine's clock`
  return [finding('GW8011', last.rule, message)]
}

export async function compareClocks(
  names: readonly string[],
  scene: Scene,
): Promise<readonly Diagnostic[]> {
  const asked = names.map(async (name) => {
    const server = scene.artefact.table.servers[name]
    if (server?.type !== 'http') return []
    const ahead = await readLead(server, scene)
    if (ahead === undefined || Math.abs(ahead) <= LEEWAY_MS) return []
    const pointer = joinPointer('/servers', name, 'url')
    const side = ahead > 0 ? 'ahead of' : 'behind'
    const message = `the clock of \`${name}\` is ${formatSpan(Math.abs(ahead))} ${side} this machine's`
    return [finding('GW8011', pointer, message)]
  })
  return (await Promise.all(asked)).flat()
}

/** Milliseconds by which the server's clock is ahead; undefined if it sends no
 * time. */
async function readLead(
  server: HttpServer,
  { secrets, now }: Scene,
): Promise<number | undefined> {
  const { Agent, request } = await import('undici')
  const began = performance.now()
  const { url } = server
  const outward = new Outward(server, secrets)
  const find = (at: URL) => outward.findOrigin(at)
  const connect = makeConnect({ find, ms: PATIENCE_MS })
  const dispatcher = new Agent({ connect })
  try {
    const { origin } = new URL(formatWritten(url, () => 'x'))
    const address = typeof url === 'string' ? url : origin
    const { headers, body } = await request(address, {
      method: 'HEAD',
      dispatcher,
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
    await body.dump()
    const theirs = Date.parse(String(headers.date))
    const ours = now + (performance.now() - began)
    return Number.isNaN(theirs) ? undefined : theirs - ours
  } catch {
    // It answered the gateway before; a refusal of this request is no finding.
    return undefined
  } finally {
    await dispatcher.destroy()
  }
}

function formatSpan(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000)
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  const hours = Math.round(seconds / 3600)
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`
}

// A client of the admin listener.
// In: its address and its token. Out: the gateway's status.
// INVARIANT: one GET, no redirect is followed; no other host gets the token.

import { resolve } from 'node:path'
import type { Status } from '../contract/status.ts'
import type { RoutingTable } from '../contract/table.ts'
import { plain } from '../diagnostics/shown.ts'
import { Unanswerable } from '../diagnostics/unanswerable.ts'
import { deriveToken, readKey } from '../runtime/base/key.ts'
import { resolveValue, type SecretSource } from '../runtime/secrets/resolve.ts'
import { withSecrets } from './programs.ts'

export interface AdminTarget {
  /** Without a slash at its end. */
  readonly url: string
  readonly token: string
}

const PATIENCE = 5000

/** The config's own token, or the one derived from the key file. */
export async function findAdminToken(
  own: RoutingTable['admin']['token'],
  key: string,
  source: Pick<SecretSource, 'env' | 'root'>,
): Promise<string> {
  try {
    if (!own) return deriveToken(readKey(resolve(source.root, key)), 'admin')
    return await withSecrets(source, async (secrets) => {
      await secrets.programs.load([own.secret])
      return resolveValue(own, secrets)
    })
  } catch (error) {
    const why = own ? 'the admin token' : 'the key file'
    throw new Unanswerable(
      plain`${why} cannot be read: ${(error as Error).message}\nhelp: \`gateway serve\` creates the key file at its first start; on another host give\n--gateway and --token-file`,
    )
  }
}

export async function askStatus({
  url,
  token,
}: AdminTarget): Promise<Status | { readonly unreachable: string }> {
  const { request } = await import('undici')
  const response = await request(`${url}/status`, {
    headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
    signal: AbortSignal.timeout(PATIENCE),
  }).catch((error: NodeJS.ErrnoException) => ({
    unreachable: error.code ?? error.name,
  }))
  if ('unreachable' in response) return response
  const body = await response.body.text()
  if (response.statusCode === 401 || response.statusCode === 403) {
    throw new Unanswerable(
      plain`the gateway at ${url} does not accept this admin token\nhelp: it uses another key file; give --token-file`,
    )
  }
  if (response.statusCode !== 200) {
    throw new Unanswerable(`${url} answers ${response.statusCode}`)
  }
  try {
    return JSON.parse(body) as Status
  } catch {
    throw new Unanswerable(`${url} does not answer like a gateway`)
  }
}

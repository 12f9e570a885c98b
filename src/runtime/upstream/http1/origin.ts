// The origin of a server over HTTP, with its TLS context.
// INVARIANT: certificates are verified, against the system's CAs or the
// configured one.

import { resolve } from 'node:path'
import { createSecureContext, type SecureContext } from 'node:tls'
import type { HttpServer } from '../../../contract/table.ts'
import { readRegular } from '../../../regular.ts'
import { formatWritten } from '../../../table/references.ts'
import { MissingSecret } from '../../secrets/resolve.ts'
import type { Origin } from './connection.ts'

/** `root`: the folder of relative paths. Throws MissingSecret. */
export function readOrigin({ url, tls }: HttpServer, root: string): Origin {
  const literal = formatWritten(url, () => 'x')
  const { protocol, hostname, port } = new URL(literal)
  const secure = protocol === 'https:'
  return {
    // An IPv6 address stands in brackets.
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || (secure ? 443 : 80)),
    secureContext: secure ? readContext(tls?.ca, root) : undefined,
  }
}

function readContext(path: string | undefined, root: string): SecureContext {
  const minVersion = 'TLSv1.2'
  if (path === undefined) return createSecureContext({ minVersion })
  try {
    const ca = readRegular(resolve(root, path))
    return createSecureContext({ minVersion, ca })
  } catch {
    throw unreadable(path)
  }
}

/** The CAs of a server, as PEM; undefined: the usual ones. */
export function readCa({ tls }: HttpServer, root: string): string | undefined {
  if (!tls) return undefined
  try {
    return readRegular(resolve(root, tls.ca)).toString()
  } catch {
    throw unreadable(tls.ca)
  }
}

function unreadable(path: string): MissingSecret {
  return new MissingSecret(`tls.ca ${path} cannot be read`)
}

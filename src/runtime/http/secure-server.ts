// A node:http server that speaks TLS: its certificate, and its handshakes.
// In: a certificate. Out: a server; a reason for each handshake that failed.
// INVARIANT: a connection is served only after its handshake, which with client
// authorities needs a good certificate, and which ends in time.

import { constants } from 'node:crypto'
import type { Server, ServerOptions } from 'node:http'
import { createServer } from 'node:https'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Certificate } from '../base/certificate.ts'

const HANDSHAKE_MS = 10_000

/** Called for each handshake that failed. */
export type HandshakeFailed = (ip: string, reason: string) => void

export interface Secure {
  readonly certificate: Certificate
  readonly failed: HandshakeFailed
}

/** A node:https server, which is a node:http server on sockets of TLS. */
export function createSecureServer(
  options: ServerOptions,
  { certificate, failed }: Secure,
): Server {
  const server = createServer({
    ...options,
    ...writeContext(certificate),
    ALPNProtocols: ['http/1.1'],
    handshakeTimeout: HANDSHAKE_MS,
    requestCert: certificate.ca !== undefined,
    // Whatever NODE_TLS_REJECT_UNAUTHORIZED says.
    rejectUnauthorized: true,
  })
  // Node's own listener answers a failed handshake as malformed HTTP.
  server.removeAllListeners('tlsClientError')
  const sockets = new Set<Socket>()
  server.prependListener('connection', (socket: Socket) => {
    sockets.add(socket)
    // Read once, it is known after the end too.
    void socket.remoteAddress
    socket.once('close', () => sockets.delete(socket))
  })
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
    const reason = describeFailure(error, socket)
    const ip = readAddress(socket)
    socket.destroy()
    if (reason !== undefined) failed(ip, reason)
  })
  const { closeAllConnections } = server
  return Object.assign(server, {
    closeAllConnections() {
      closeAllConnections.call(server)
      // Those in a handshake are no connections of HTTP yet.
      for (const socket of sockets) socket.destroy()
    },
  })
}

/** For new connections; those that are open keep what they have. */
export function useCertificate(server: Server, certificate: Certificate): void {
  const { setSecureContext } = server as Partial<
    ReturnType<typeof createServer>
  >
  setSecureContext?.call(server as never, writeContext(certificate))
  // Node reads it at each new connection; a test checks this.
  Object.assign(server, { requestCert: certificate.ca !== undefined })
}

/** The event of a connection that can carry requests. */
export function connectedEvent(server: Server) {
  return 'setSecureContext' in server ? 'secureConnection' : 'connection'
}

function writeContext({ cert, key, ca }: Certificate) {
  const authorities = ca === undefined ? {} : { ca }
  return {
    cert,
    key,
    ...authorities,
    minVersion: 'TLSv1.2' as const,
    // Costs a server much and a client little; TLS 1.3 has none.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  }
}

const REASONS: Readonly<Record<string, string>> = Object.freeze({
  ERR_SSL_HTTP_REQUEST: 'plain HTTP was sent to the port of TLS',
  ERR_SSL_WRONG_VERSION_NUMBER: 'bytes that are not TLS',
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: 'no client certificate',
  ERR_TLS_HANDSHAKE_TIMEOUT: 'the handshake took too long',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'the client speaks only an old version of TLS',
  ERR_SSL_NO_SHARED_CIPHER: 'the client knows no common cipher',
  ERR_SSL_NO_APPLICATION_PROTOCOL: 'the client does not speak HTTP/1.1',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA:
    'the client does not trust the issuer of the certificate',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: 'the client refuses the certificate',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: 'the client refuses the certificate',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    'the client refuses the certificate as expired',
  UNABLE_TO_GET_ISSUER_CERT: 'a client certificate of another authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'a client certificate of another authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'a client certificate of another authority',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'a client certificate of another authority',
  SELF_SIGNED_CERT_IN_CHAIN: 'a client certificate of another authority',
  CERT_HAS_EXPIRED: 'a client certificate that has expired',
  CERT_NOT_YET_VALID: 'a client certificate that is not valid yet',
})

/** An ended connection has no address any more; what it was on had one. */
function readAddress(socket: TLSSocket): string {
  const { remoteAddress, _parent: below } = socket as TLSSocket & {
    readonly _parent?: Socket
  }
  return remoteAddress ?? below?.remoteAddress ?? ''
}

/** Undefined: the client hung up, as the probes of load balancers do. */
function describeFailure(
  { code = '' }: NodeJS.ErrnoException,
  socket: TLSSocket,
): string | undefined {
  // Node ends the connection of a bad client certificate without an error.
  const refused = socket.authorizationError as unknown
  if (refused)
    return REASONS[String(refused)] ?? 'a client certificate that is not good'
  if (code === 'ECONNRESET' || code === 'EPIPE') return undefined
  return REASONS[code] ?? 'the handshake failed'
}

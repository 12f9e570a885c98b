// A tunnel through an HTTP proxy, by CONNECT (RFC 9110, 9.3.6).
// In: a connection to the proxy, a host. Out: a connection to the host; or why not.
// INVARIANT: the head of the answer is bounded, and read strictly; no byte after
// it is taken, because the host has not been asked anything yet.

import type { Socket } from 'node:net'
import type { ProxyHop } from './exit.ts'
import type { Fault } from './fault.ts'

const MAX_HEAD = 16 * 1024

const STATUS_LINE = /^HTTP\/1\.[01] ([2-5]\d\d)(?: [^\r\n]*)?$/

/** The errors, the end and the deadline of the socket belong to the caller. */
export function openTunnel(
  socket: Socket,
  proxy: ProxyHop,
  target: { readonly host: string; readonly port: number },
  done: (fault: Fault | undefined) => void,
): void {
  const { host, port } = target
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`
  const { authorization } = proxy
  const own =
    authorization === undefined
      ? ''
      : `proxy-authorization: ${authorization}\r\n`
  let head = ''
  const take = (chunk: Buffer) => {
    head += chunk.toString('latin1')
    const end = head.indexOf('\r\n\r\n')
    if (end === -1 && head.length <= MAX_HEAD) return
    socket.off('data', take)
    socket.pause()
    done(judgeHead(head, end, proxy, authority))
  }
  socket.on('data', take)
  socket.write(
    `CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\n${own}\r\n`,
    'latin1',
  )
}

function judgeHead(
  head: string,
  end: number,
  proxy: ProxyHop,
  authority: string,
): Fault | undefined {
  const [line = '', ...fields] = head.slice(0, Math.max(end, 0)).split('\r\n')
  const status = Number(STATUS_LINE.exec(line)?.[1] ?? 0)
  if (status === 0) {
    return fail(`proxy ${proxy.name} does not answer like a proxy`, {
      detail: 'its answer to CONNECT is not HTTP/1.1',
      lasting: true,
    })
  }
  if (status >= 300) return describeRefusal(status, fields, proxy, authority)
  if (head.length === end + 4) return undefined
  return fail(`proxy ${proxy.name} does not answer like a proxy`, {
    detail: `it sent bytes of ${authority} that nobody asked for`,
    lasting: true,
  })
}

function describeRefusal(
  status: number,
  fields: readonly string[],
  proxy: ProxyHop,
  authority: string,
): Fault {
  const { name, authorization, credentials } = proxy
  const refused = `proxy ${name} refused (HTTP ${status})`
  // tinyproxy answers 401 to credentials that it does not accept.
  if (status === 407 || status === 401) {
    const schemes = listSchemes(fields)
    const wanted = schemes === '' ? '' : `; it accepts ${schemes}`
    const detail =
      authorization === undefined
        ? `it wants credentials: write them into ${credentials}${wanted}`
        : `it does not accept the credentials in ${credentials}${wanted}`
    return fail(refused, { detail, lasting: true })
  }
  if (status >= 500) {
    return fail(`proxy ${name} cannot reach the server (HTTP ${status})`, {
      detail: `it did not connect to ${authority}`,
    })
  }
  const detail = `it does not allow a connection to ${authority}: ask its operator, or list the host in \`noProxy\``
  return fail(refused, { detail, lasting: true })
}

function fail(state: string, rest: Omit<Fault, 'state'>): Fault {
  return { state, ...rest }
}

/** The names of the schemes alone: the proxy has written the rest. */
function listSchemes(fields: readonly string[]): string {
  const named = fields.flatMap(
    (field) =>
      /^proxy-authenticate:[ \t]*([A-Za-z][A-Za-z0-9-]{0,30})\b/i.exec(
        field,
      )?.[1] ?? [],
  )
  return [...new Set(named)].slice(0, 5).join(', ')
}

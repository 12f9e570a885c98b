// Headers of requests to servers: whether they can be sent.
// In: a config of valid shape. Out: findings.
// INVARIANT: an accepted header is never refused at the connection, except for
// the value of a secret; no value is repeated.

import type { GatewayConfig } from '../contract/config.ts'
import type { Diagnostic } from '../contract/diagnostic.ts'
import { FRAMING_HEADERS, MESSAGE_HEADERS } from '../contract/headers.ts'
import type { ValueConfig } from '../contract/servers.ts'
import { quote } from '../diagnostics/credential.ts'
import { joinPointer } from '../diagnostics/pointer.ts'
import { finding } from '../diagnostics/report.ts'
import { each } from './entries.ts'

type Headers = Readonly<Record<string, ValueConfig>> | undefined

/** RFC 9110, 5.6.2: characters that a name may not contain. */
const FOREIGN = /[^!#$%&'*+.^_`|~0-9A-Za-z-]/

export function checkHeaders({
  servers,
  telemetry,
}: GatewayConfig): readonly Diagnostic[] {
  const sections = each(servers, '/servers').flatMap(([server, at]) =>
    server.type === 'http' ? [[server.headers, at] as const] : [],
  )
  return [...sections, [telemetry?.otlp?.headers, '/telemetry/otlp'] as const]
    .map(([headers, at]) => [headers, `${at}/headers`] as const)
    .flatMap(([headers, at]) => [
      ...Object.entries(headers ?? {}).flatMap(([name, value]) =>
        judgeHeader(name, value, joinPointer(at, name)),
      ),
      ...findTwins(headers, at),
    ])
}

function judgeHeader(
  name: string,
  value: ValueConfig,
  pointer: string,
): readonly Diagnostic[] {
  const shown = `header ${quote(name)}`
  const sign = FOREIGN.exec(name)?.[0]
  if (sign !== undefined || name === '') {
    const why = sign ? `cannot have ${quote(sign)} in its name` : 'has no name'
    const help = 'the name of a header consists of letters, digits and `-`'
    return [finding('GW2020', pointer, `${shown} ${why}`, { help })]
  }
  const own = name.toLowerCase()
  if (FRAMING_HEADERS.includes(own) || MESSAGE_HEADERS.includes(own)) {
    const message = `${shown} cannot be set by a config`
    const help =
      own === 'host'
        ? { help: 'remove it: the gateway takes it from `url`' }
        : {}
    return [finding('GW2020', pointer, message, help)]
  }
  if (typeof value !== 'string') return []
  const fault = describeValue(value)
  if (!fault) return []
  const message = `the value of ${shown} has ${fault}`
  const help =
    'write printable ASCII on one line, and encode all other characters'
  return [finding('GW2020', pointer, message, { help })]
}

function describeValue(value: string): string | undefined {
  if (/[\r\n]/.test(value)) return 'a line break'
  if (/[^\t\x20-\x7e]/.test(value)) return 'a character that cannot be sent'
  return undefined
}

/** Two names that differ only in case: the later one would silently win. */
function findTwins(headers: Headers, at: string): readonly Diagnostic[] {
  const first = new Map<string, string>()
  return Object.keys(headers ?? {}).flatMap((name) => {
    const twin = first.get(name.toLowerCase())
    if (twin === undefined) {
      first.set(name.toLowerCase(), name)
      return []
    }
    const message = `header ${quote(name)} is ${quote(twin)} again: upper and lower case make no difference`
    const notes = [
      { message: `${quote(twin)} is set here`, pointer: joinPointer(at, twin) },
    ]
    const help = 'remove one of them'
    const pointer = joinPointer(at, name)
    return [finding('GW2020', pointer, message, { help, notes })]
  })
}

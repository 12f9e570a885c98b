// Durations and sizes: the range that each key allows.
// In: a config of valid shape. Out: findings.
// INVARIANT: an accepted value is a whole number that every later stage can
// store; no deadline has passed before it begins.

import type { GatewayConfig } from '../contract/config.ts'
import type { Diagnostic } from '../contract/diagnostic.ts'
import { readDuration, readSize } from '../contract/units.ts'
import { quote } from '../diagnostics/credential.ts'
import { joinPointer, showPath } from '../diagnostics/pointer.ts'
import { finding } from '../diagnostics/report.ts'
import { each } from './entries.ts'

type Written = string | number | undefined

interface Span {
  readonly pointer: string
  readonly written: Written
  readonly read: (text: string) => number | undefined
  /** Milliseconds or bytes. */
  readonly least: number
  readonly most: number
  readonly mostShown: string
}

const DAY = 86_400_000

/** A message becomes one text, and a text has at most half a gigabyte. */
const MAX_MESSAGE = { most: 2 ** 28, mostShown: '256MiB' }

export function checkSpans(gateway: GatewayConfig): readonly Diagnostic[] {
  return listSpans(gateway).flatMap(checkSpan)
}

function listSpans(gateway: GatewayConfig): readonly Span[] {
  const { servers, tokens, audit, caps, drain } = gateway
  return [
    ...each(servers, '/servers').flatMap(([server, at]) => [
      duration(at, 'timeout', server.timeout),
      duration(at, 'idleTimeout', server.idleTimeout),
      duration(at, 'startupTimeout', server.startupTimeout),
      { ...duration(at, 'idle', server.idle), least: 0 },
      duration(`${at}/breaker`, 'open', server.breaker?.open),
    ]),
    duration('/tokens', 'maxAge', tokens?.maxAge),
    { ...duration('', 'drain', drain), least: 0 },
    duration('/audit/keep', 'age', audit?.keep?.age),
    size('/audit/keep', 'size', audit?.keep?.size),
    size('/audit/rotate', 'size', audit?.rotate?.size),
    duration('/audit/rotate', 'every', audit?.rotate?.every),
    { ...size('/caps', 'request', caps?.request), ...MAX_MESSAGE },
    { ...size('/caps', 'message', caps?.message), ...MAX_MESSAGE },
  ]
}

function duration(at: string, key: string, written: Written): Span {
  const pointer = joinPointer(at, key)
  const [most, mostShown] = [36_500 * DAY, '36500d']
  return { pointer, written, read: readDuration, least: 1, most, mostShown }
}

function size(at: string, key: string, written: Written): Span {
  const pointer = joinPointer(at, key)
  const [most, mostShown] = [2 ** 50, '1048576GiB']
  return { pointer, written, read: readSize, least: 1, most, mostShown }
}

function checkSpan(span: Span): readonly Diagnostic[] {
  const { pointer, written, read, least, most, mostShown } = span
  if (written === undefined) return []
  // A value that a number cannot store is too large as well.
  const value = read(String(written)) ?? readPlain(written)
  if (value >= least && value <= most) return []
  const bound = value < least ? 'more than nothing' : `at most \`${mostShown}\``
  const message = `${showPath(pointer)} must be ${bound}, not ${quote(written)}`
  return [finding('GW2005', pointer, message)]
}

function readPlain(written: string | number): number {
  return typeof written === 'number' ? written : Number.POSITIVE_INFINITY
}

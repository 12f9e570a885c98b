// POST /revoke on the admin listener: an operator revokes tokens.
// INVARIANT: authenticated as every other route; an order that is not valid in
// full changes nothing.

import { readInstant } from '../../../contract/units.ts'
import { REVOCATION_KINDS } from '../../../table/revoked.ts'
import type { App } from '../../http/app.ts'
import { namePeer } from '../../http/proxies.ts'
import type { RevokeEffect, RevokeOrder } from './revoke.ts'

export type Revoke = (order: RevokeOrder, ip: string) => Promise<RevokeEffect>

const MAX_BYTES = 4_096
const MEMBERS = ['kind', 'value', 'before', 'reason']

export function addRevoke(app: App, now: () => number, revoke: Revoke): void {
  // Other routes discard bodies.
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    const parseAs = 'string' as const
    scope.addContentTypeParser(
      'application/json',
      { parseAs, bodyLimit: MAX_BYTES },
      (_request, body, done) => done(null, body),
    )
    scope.post('/revoke', async (request, reply) => {
      const order = readOrder(String(request.body), now())
      if (typeof order === 'string')
        return reply.code(400).send({ error: order })
      return revoke(order, namePeer(request.raw.socket))
    })
  })
}

/** An order, or its problem. */
function readOrder(body: string, now: number): RevokeOrder | string {
  let given: unknown
  try {
    given = JSON.parse(body)
  } catch {
    return 'the body is not JSON'
  }
  const order = Object(given) as Readonly<Record<string, unknown>>
  const unknown = Object.keys(order).find((key) => !MEMBERS.includes(key))
  if (unknown !== undefined) return 'the body has an unknown member'
  const kind = REVOCATION_KINDS.find((known) => known === order.kind)
  if (!kind) return `\`kind\` is one of ${REVOCATION_KINDS.join(', ')}`
  const { value, reason = null } = order
  if (!isText(value)) return '`value` is 1 to 200 printable characters'
  if (kind === 'all' && value !== '*') return '`value` of `all` is `*`'
  if (kind === 'token' && !/^[a-z0-9]{12}$/.test(value)) {
    return '`value` is not a token id'
  }
  if (reason !== null && !isText(reason)) {
    return '`reason` is 1 to 200 printable characters'
  }
  const before = readBefore(order.before, now)
  return typeof before === 'string' ? before : { kind, value, reason, before }
}

/** A future instant would revoke tokens that do not exist yet. */
function readBefore(given: unknown, now: number): number | undefined | string {
  if (given === undefined) return undefined
  const instant = typeof given === 'string' ? readInstant(given) : undefined
  if (instant === undefined) return '`before` is not an instant'
  return instant > now ? '`before` is in the future' : instant
}

function isText(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.trim() !== '' &&
    value.length <= 200 &&
    !/\p{C}/u.test(value)
  )
}

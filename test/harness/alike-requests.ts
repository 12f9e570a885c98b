// Requests of one connection that differ in little: token, Origin, Host, session,
// client, tool, trace, the address that a proxy names.
// In: a seed's chance. Out: requests, and what must come of each.
// INVARIANT: who may do what is as test/serve/same-connection.ts configures it:
// `mine` may call both tools, `other` only the first.

import fc from 'fast-check'
import { sample } from './property.ts'
import { ENVELOPE, modernHeaders } from './wire.ts'

const GOOD_ORIGIN = 'http://localhost:3000'
const INFO = 'io.modelcontextprotocol/clientInfo'

export interface Step {
  readonly who: 'mine' | 'other' | 'nobody'
  readonly tool: 'one' | 'two'
  /** Of the header, where it is not the tool. */
  readonly named: string | undefined
  readonly origin: string | undefined
  readonly host: string | undefined
  readonly client: string
  readonly trace: string | undefined
  /** What the proxy names. */
  readonly from: string | undefined
  /** Whose legacy session; undefined for a modern request. */
  readonly session: 'mine' | 'other' | 'unknown' | undefined
  readonly nonce: string
}

const mostly = <T>(usual: T, ...odd: T[]) =>
  fc.constantFrom(...Array<T>(odd.length * 4).fill(usual), ...odd)

const step: fc.Arbitrary<Step> = fc.record({
  who: fc.constantFrom(
    ...(['mine', 'mine', 'mine', 'other', 'other', 'nobody'] as const),
  ),
  tool: fc.constantFrom('one', 'two'),
  named: mostly<string | undefined>(undefined, 'raw__one', 'raw__two', 'raw__'),
  origin: fc.constantFrom(
    ...[GOOD_ORIGIN, GOOD_ORIGIN, GOOD_ORIGIN, 'http://127.0.0.1'],
    ...['https://evil.example', undefined],
  ),
  host: mostly<string | undefined>(undefined, 'evil.example', 'localhost:1'),
  client: fc.constantFrom('ada', 'bob', 'x'.repeat(2_000)),
  trace: fc.constantFrom(undefined, 'a'.repeat(32), 'b'.repeat(32)),
  from: fc.constantFrom(undefined, '198.51.100.1', '198.51.100.2'),
  session: mostly<Step['session']>(undefined, 'mine', 'other', 'unknown'),
  nonce: fc.constantFrom('n', 'nonce', 'm'.repeat(99)),
})

const CHANGES: readonly (keyof Step)[] = [
  ...(['who', 'tool', 'named', 'origin', 'host', 'client', 'trace'] as const),
  ...(['session', 'nonce', 'from', 'from'] as const),
]

const change = fc.record({
  step,
  isNew: fc.constantFrom(true, ...Array<boolean>(9).fill(false)),
  takes: fc.shuffledSubarray([...CHANGES], { maxLength: 2 }),
})

/** Most steps change little in the one before them: heads are recalled. What is
 * refused changes back. */
export function listSteps(count: number): readonly Step[] {
  let before: Step | undefined
  return sample(change, count).map(({ step, isNew, takes }) => {
    const taken = Object.fromEntries(takes.map((key) => [key, step[key]]))
    const next = before && !isNew ? { ...before, ...taken } : step
    if (!before || expect(next)[0] === 200) before = next
    return next
  })
}

const FORGED = `pcl_${'x'.repeat(40)}`

/** Its headers and its message. */
export function write(
  tokens: Readonly<Record<string, { readonly token: string }>>,
  sessions: Readonly<Record<string, string>>,
  step: Step,
): [headers: Record<string, string>, message: object] {
  const name = `raw__${step.tool}`
  const token = step.who === 'nobody' ? FORGED : (tokens[step.who]?.token ?? '')
  const params = { name, arguments: { nonce: step.nonce } }
  const around = {
    ...(step.host && { host: step.host }),
    ...(step.origin && { origin: step.origin }),
    ...(step.from && { 'x-forwarded-for': step.from }),
    ...(step.trace && { traceparent: `00-${step.trace}-${'c'.repeat(16)}-00` }),
  }
  if (step.session) {
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json',
      'mcp-session-id': sessions[step.session] ?? '',
      ...around,
    }
    return [headers, { id: 1, method: 'tools/call', params }]
  }
  const client = { name: step.client, version: '1' }
  const headers = modernHeaders(token, 'tools/call', step.named ?? name)
  const whole = { ...params, _meta: { ...ENVELOPE, [INFO]: client } }
  const message = { id: 1, method: 'tools/call', params: whole }
  return [{ ...headers, ...around }, message]
}

/** The status, and whether the call reaches its server. */
export function expect(step: Step): [status: number, isCalled: boolean] {
  if (step.host === 'evil.example') return [403, false]
  if (step.origin === 'https://evil.example') return [403, false]
  if (step.who === 'nobody') return [401, false]
  if (step.session) {
    if (step.session !== step.who) return [404, false]
  } else if (step.named && step.named !== `raw__${step.tool}`) {
    return [400, false]
  }
  return [200, step.who === 'mine' || step.tool === 'one']
}

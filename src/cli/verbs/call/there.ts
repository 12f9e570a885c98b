// `gateway call SERVER/TOOL --gateway URL`: through a running gateway.
// In: an endpoint, a token, a use. Out: the answer.
// INVARIANT: the token says who calls; a WHO on the command line must agree.

import type { WhoAmI } from '../../../contract/whoami.ts'
import { plain } from '../../../diagnostics/shown.ts'
import { suggestHelp } from '../../../diagnostics/suggest.ts'
import { Unanswerable } from '../../../diagnostics/unanswerable.ts'
import { findEndpoint } from '../../endpoint.ts'
import { callOnce } from '../../mcp/call.ts'
import type { Message } from '../../mcp/post.ts'
import { say } from '../../say.ts'
import { readTokenFrom } from '../../token-input.ts'
import type { Io } from '../../verb.ts'
import { mustAskWho } from '../../whoami-there.ts'
import type { Called } from './called.ts'
import type { CallOptions } from './options.ts'

export async function callThere(
  who: string | undefined,
  what: string,
  args: string | undefined,
  options: CallOptions,
  io: Io,
  onMessage: (message: Message) => void,
): Promise<Called> {
  const { url } = await findEndpoint(options, io)
  const token = await readTokenFrom(options, io)
  const endpoint = { url, token }
  const own = await mustAskWho(endpoint)
  if (who !== undefined) judgeHolder(who, own)
  const name = findName(what, options.kind, own, io)
  const wanted = { kind: options.kind, name, args }
  const answer = await callOnce(endpoint, wanted, onMessage)
  const requestId = String(answer.headers['x-request-id'] ?? '')
  return { answer, requestId }
}

function judgeHolder(
  who: string,
  { subject, team, roles, token }: WhoAmI,
): void {
  const [, kind, rest] = /^(role|team|token):(.*)$/.exec(who) ?? []
  const name = rest ?? who
  const holders = { role: roles, team: [team], token: [token.id] }
  const all = [subject, team, token.id, ...roles]
  const known =
    kind === 'role' || kind === 'team' || kind === 'token' ? holders[kind] : all
  if (known.includes(name)) return
  throw new Unanswerable(
    plain`the token is that of ${subject}, not of ${who}: through a running gateway, the token says who calls`,
  )
}

/** The name that clients see. A name that is not listed is sent as well: the
 * gateway refuses it, and records that. */
function findName(
  what: string,
  kind: CallOptions['kind'],
  { servers }: WhoAmI,
  io: Io,
): string {
  const slash = what.indexOf('/')
  const server = servers.find(({ name }) => name === what.slice(0, slash))
  if (slash === -1 || !server) return what
  const name = what.slice(slash + 1)
  if (kind === 'resource') return name
  const known = server.tools.find((tool) => tool.name === name)
  if (kind === 'tool' && known) return known.exposed
  if (kind === 'tool') {
    const names = server.tools.map((tool) => tool.name)
    say(
      io.stderr,
      plain`${what} is not listed to this token; ${suggestHelp(name, names)}\n`,
    )
  }
  return `${server.name}__${name}`
}

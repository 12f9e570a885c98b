// `gateway call WHO SERVER/TOOL` through a gateway of its own.
// In: the config, a principal, a use. Out: the answer, and its record.
// INVARIANT: decided, limited and recorded as by the served gateway, but in the
// trail of development.

import { closeSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { AuditRecord } from '../../../contract/audit.ts'
import type { RoutingTable, TokenRecord } from '../../../contract/table.ts'
import { plain } from '../../../diagnostics/shown.ts'
import { Unanswerable } from '../../../diagnostics/unanswerable.ts'
import { openRegular } from '../../../regular.ts'
import type { Principal } from '../../../table/access.ts'
import { exposeUse } from '../../../table/names.ts'
import { stateOf } from '../../../table/token-state.ts'
import { parseRecord } from '../../../trail/line.ts'
import { compileConfig, tellFindings } from '../../compiled.ts'
import { readEnvironment } from '../../environment.ts'
import { callOnce } from '../../mcp/call.ts'
import type { Message } from '../../mcp/post.ts'
import { createToken } from '../../new-token.ts'
import { startOwn } from '../../own-gateway.ts'
import { readPrincipal, readUse } from '../../principals.ts'
import { loadRevocations } from '../../revoked.ts'
import { say } from '../../say.ts'
import type { Io } from '../../verb.ts'
import type { Called } from './called.ts'
import type { CallOptions } from './options.ts'

export interface OwnCall {
  readonly called: Called
  /** Ends the gateway. */
  close(): Promise<void>
}

export async function callOwn(
  who: string,
  what: string,
  args: string | undefined,
  options: CallOptions,
  io: Io,
  onMessage: (message: Message) => void,
): Promise<OwnCall | number> {
  const compiled = await compileConfig(options, io, { places: 'always' })
  const { artefact, root, files } = compiled
  if (!artefact) return tellFindings(compiled, io)
  const { table } = artefact
  const principal = readPrincipal(who, table)
  if ('problem' in principal) return refuse(principal.problem, io)
  const use = readUse(what, options.kind, table)
  if ('problem' in use) return refuse(use.problem, io)
  const { server, kind, name } = use.meant
  judgeServer(table, server)
  const state = judgeToken(principal.meant, table, root, io)
  if (state !== undefined) return refuse(state, io)
  const { token, record } = makeToken(principal.meant, table, io.now())
  const env = readEnvironment(options.secrets, io)
  const own = await startOwn({ artefact, root, files, server, record, env }, io)
  const endpoint = { url: own.gateway.localUrl, token }
  const exposed = kind === 'resource' ? name : exposeUse(table, use.meant)
  const wanted = { kind, name: exposed, args }
  try {
    const answer = await callOnce(endpoint, wanted, onMessage)
    const requestId = String(answer.headers['x-request-id'] ?? '')
    // The record was written before the answer left.
    const record =
      requestId === ''
        ? undefined
        : findRecord(join(root, own.trail), requestId)
    const { trail, problem } = own
    const called = { answer, record, requestId, trail, problem }
    return { called, close: own.close }
  } catch (error) {
    await own.close()
    throw error
  }
}

function refuse(problem: string, io: Io): number {
  for (const line of problem.split('\n')) say(io.stderr, plain`${line}\n`)
  return 1
}

/** The running gateway alone has the accounts of people. */
function judgeServer({ servers }: RoutingTable, name: string): void {
  const server = servers[name]
  if (server?.disabled) {
    throw new Unanswerable(plain`server ${name} is disabled in the config`)
  }
  if (server?.type !== 'http' || server.auth?.type !== 'oauth') return
  throw new Unanswerable(
    plain`${name} is called with an account that only the running gateway has\nhelp: call through it: --gateway URL, with your token on stdin`,
  )
}

function judgeToken(
  { kind, name }: Principal,
  table: RoutingTable,
  root: string,
  io: Io,
): string | undefined {
  const token = kind === 'token' ? table.tokens[name] : undefined
  if (!token) return undefined
  const state = stateOf(
    token,
    table,
    io.now(),
    loadRevocations(root, table.revoked),
  )
  if (state === 'active') return undefined
  const words = state === 'not yet' ? 'not valid yet' : state
  return `the token ${name} of ${token.subject} is ${words}: the gateway refuses it`
}

/** For this process only. */
function makeToken(
  { kind, name }: Principal,
  table: RoutingTable,
  now: number,
): { readonly token: string; readonly record: TokenRecord } {
  const { id, token, sha256 } = createToken(table.tokens)
  const known = kind === 'token' ? table.tokens[name] : undefined
  const team = kind === 'team' ? name : (known?.team ?? null)
  const roles =
    known?.roles ??
    (kind === 'team' ? (table.teams[name]?.roles ?? []) : [name])
  const record: TokenRecord = {
    id,
    subject: known?.subject ?? name,
    kind: 'person',
    team,
    roles,
    tools: known?.tools ?? null,
    sha256,
    created: now,
    notBefore: null,
    expires: now + table.maxAge,
    replaces: null,
    revoked: null,
    reason: 'gateway call',
    rule: known?.rule ?? '/tokens',
  }
  return { token, record }
}

/** Its records are the last ones. */
const LAST_BYTES = 256 * 2 ** 10

/** The last record of the request. */
function findRecord(file: string, id: string): AuditRecord | undefined {
  const { size } = statSync(file)
  const start = Math.max(0, size - LAST_BYTES)
  const bytes = Buffer.alloc(size - start)
  const descriptor = openRegular(file)
  try {
    readSync(descriptor, bytes, 0, bytes.length, start)
  } finally {
    closeSync(descriptor)
  }
  const own = bytes
    .toString('utf8')
    .split('\n')
    .filter((line) => line.includes(`"requestId":"${id}"`))
    .at(-1)
  return own === undefined ? undefined : parseRecord(own)
}

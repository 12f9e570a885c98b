// What operators do to the accounts, on the admin listener.
// In: requests with the admin token. Out: JSON.
// INVARIANT: the hook of the listener authenticates every route; the answer
// holds no token of anybody.

import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../http/app.ts'
import { namePeer } from '../http/proxies.ts'
import type { Account } from '../oauth/account.ts'
import { describeAccount } from '../oauth/describe-accounts.ts'
import { findSignIn } from './access.ts'
import type { ConnectContext } from './context.ts'
import { readQuery, readServer } from './params.ts'
import { recordStep } from './steps.ts'

export function addConnectAdmin(app: App, context: ConnectContext): void {
  const { accountsOf, left } = context
  app.get('/connect', () => {
    const names = [...left.servers].sort()
    const accounts = names.flatMap((name) =>
      (accountsOf(name) ?? left).list(name),
    )
    return { accounts: accounts.map(writeAccount) }
  })
  app.post('/connect/:server', (request, reply) =>
    issueCode(context, request, reply),
  )
  app.delete('/connect/:server', (request, reply) =>
    endAccount(context, request, reply),
  )
}

function writeAccount(account: Account) {
  const { grant, ...rest } = describeAccount(account)
  return { server: account.server, grantId: grant, ...rest }
}

/** POST /connect/SERVER: a code for the page of the shared account. */
async function issueCode(
  context: ConnectContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const server = readServer(request)
  const { table } = context.runtime.routing
  const auth =
    server && Object.hasOwn(table.servers, server)
      ? findSignIn(table.servers[server])
      : undefined
  if (!server || auth?.as !== 'gateway' || !context.accountsOf(server)) {
    const error = 'no server of this name has a shared account'
    return reply.code(404).send({ error })
  }
  const ip = namePeer(request.raw.socket)
  const who = { server, subject: null, tokenId: null, ip }
  if (!(await recordStep(context, { step: 'code', ...who }))) {
    return reply.code(503).send({ error: 'the audit cannot be written' })
  }
  const { code, expires } = context.codes.issue(server)
  const url = `${context.origin()}/connect/${server}/operator`
  return reply.send({ code, url, expires: new Date(expires).toISOString() })
}

/** DELETE /connect/SERVER?subject=X; without `subject`, the shared account. */
async function endAccount(
  context: ConnectContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const server = readServer(request)
  if (!server) return reply.code(404).send({ error: 'no such server' })
  const accounts = context.accountsOf(server) ?? context.left
  const subject = readQuery(request).get('subject')
  if (!accounts.accountOf(subject, server)) {
    return reply.code(404).send({ error: 'no such account' })
  }
  const ip = namePeer(request.raw.socket)
  const who = { server, subject, tokenId: null, ip }
  if (!(await recordStep(context, { step: 'disconnect', ...who }))) {
    return reply.code(503).send({ error: 'the audit cannot be written' })
  }
  await accounts.disconnect(subject, server)
  return reply.send({ server, subject })
}

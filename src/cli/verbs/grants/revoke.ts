// `gateway grants revoke`: takes sign-ins away, at all servers or at one.
// In: a subject, or the gateway's own account. Out: a line for each account.
// INVARIANT: the gateway deletes the grant before it ends its tokens at the
// issuer; what was not there is said.

import { json, plain } from '../../../diagnostics/shown.ts'
import { suggestHelp } from '../../../diagnostics/suggest.ts'
import { Unanswerable } from '../../../diagnostics/unanswerable.ts'
import { endAccount, listAccounts } from '../../accounts-there.ts'
import type { GrantsRevokeDocument } from '../../documents/running.ts'
import { formOption } from '../../reports.ts'
import { say } from '../../say.ts'
import {
  adminOptions,
  type ConfigOptions,
  configOptions,
  type Verb,
} from '../../verb.ts'
import { findTarget } from '../status.ts'

interface RevokeOptions extends ConfigOptions {
  readonly gatewayAccount?: boolean
  readonly gateway?: string
  readonly tokenFile?: string
  readonly report: 'human' | 'json'
}

export const revoke: Verb<RevokeOptions> = {
  name: 'revoke',
  summary: 'disconnect a person, or the shared account, from servers',
  schemas: ['grants-revoke'],
  help: {
    reads:
      'the config and the key file that it names; with --gateway and ' +
      '--token-file neither',
    writes: 'nothing: the gateway deletes the grants, and revokes their tokens',
    contacts: 'the admin listener',
    exits: [
      'every such account is disconnected',
      'there is no such account',
      'wrong usage, no config or key, the gateway cannot be reached, or it ' +
        'does not accept the admin token',
    ],
    examples: [
      'gateway grants revoke ann',
      'gateway grants revoke ann notion',
      'gateway grants revoke --gateway-account linear',
    ],
  },
  configure(command) {
    const own = configOptions(
      command
        .argument('[subject]', 'the person; not with --gateway-account')
        .argument('[server]', 'only at this server (default: at all)'),
    ).option('--gateway-account', 'the account that all callers share')
    formOption(adminOptions(own), ['human', 'json'])
  },
  async run(args, options, io) {
    const { subject, server } = readNamed(args, options)
    const target = await findTarget(options, io)
    const all = await listAccounts(target)
    const own = all.filter((one) => one.subject === subject)
    const meant = own.filter(
      (one) => server === undefined || one.server === server,
    )
    const whom = subject ?? 'the gateway'
    const isJson = options.report === 'json'
    const disconnected: GrantsRevokeDocument['disconnected'][number][] = []
    for (const account of meant) {
      if (!(await endAccount(target, account))) continue
      const { server: there, subject: who } = account
      disconnected.push({ server: there, subject: who })
      if (isJson) continue
      say(io.stdout, plain`${there}: ${whom} is disconnected\n`)
    }
    if (disconnected.length > 0) {
      const object: GrantsRevokeDocument = {
        formatVersion: 1,
        command: 'grants revoke',
        disconnected,
      }
      if (isJson) say(io.stdout, json(object))
      return 0
    }
    const at = server === undefined ? '' : ` at ${server}`
    say(io.stderr, plain`${whom} has no account${at}\n`)
    const subjects = all.flatMap((one) => one.subject ?? [])
    if (own.length === 0 && subject !== null && subjects.length > 0) {
      say(
        io.stderr,
        plain`help: ${suggestHelp(subject, [...new Set(subjects)])}\n`,
      )
    }
    return 1
  },
}

function readNamed(
  args: readonly string[],
  { gatewayAccount }: RevokeOptions,
): { readonly subject: string | null; readonly server: string | undefined } {
  const [first, second] = args
  if (gatewayAccount === true) {
    if (second !== undefined) {
      throw new Unanswerable('a SUBJECT or --gateway-account')
    }
    return { subject: null, server: first }
  }
  if (first === undefined) {
    throw new Unanswerable('name a SUBJECT, or give --gateway-account')
  }
  return { subject: first, server: second }
}

// `gateway grants list`: who is signed in to which server.
// In: the admin listener of a gateway. Out: a line for each account.
// INVARIANT: one GET; no token of an account is sent by a gateway.

import { formatInstant } from '../../../diagnostics/instants.ts'
import { json, plain } from '../../../diagnostics/shown.ts'
import { type AccountThere, listAccounts } from '../../accounts-there.ts'
import { type Cell, tabulate } from '../../columns.ts'
import { formOption } from '../../reports.ts'
import { say } from '../../say.ts'
import { paintState } from '../../tones.ts'
import {
  adminOptions,
  type ConfigOptions,
  configOptions,
  type Verb,
} from '../../verb.ts'
import { findTarget } from '../status.ts'

interface ListOptions extends ConfigOptions {
  readonly gateway?: string
  readonly tokenFile?: string
  readonly report: 'human' | 'json'
}

export const list: Verb<ListOptions> = {
  name: 'list',
  summary: 'list who is signed in to which server, and until when',
  schemas: ['grants-list'],
  help: {
    reads:
      'the config and the key file that it names; with --gateway and ' +
      '--token-file neither',
    writes: 'nothing',
    contacts: 'the admin listener, once',
    exits: [
      'the accounts were listed, and each is connected',
      'the accounts were listed; somebody must sign in again, or one cannot be renewed now',
      'wrong usage, no config or key, the gateway cannot be reached, or it ' +
        'does not accept the admin token',
    ],
    examples: ['gateway grants list', 'gateway grants list --report json'],
  },
  configure(command) {
    adminOptions(configOptions(command))
    formOption(command, ['human', 'json'])
  },
  async run(_args, options, io) {
    const accounts = await listAccounts(await findTarget(options, io))
    if (options.report === 'json') say(io.stdout, json(accounts, 2))
    else if (accounts.length === 0) say(io.stdout, plain`nobody is signed in\n`)
    else say(io.stdout, tabulate(HEADS, accounts.map(listAccount)))
    const isFine = accounts.every(
      ({ state, trouble }) => state === 'connected' && trouble === null,
    )
    return isFine ? 0 : 1
  },
}

const HEADS = [
  'SERVER',
  'ACCOUNT',
  'STATE',
  'SINCE',
  'UNTIL',
  'ISSUER',
  'TROUBLE',
]

function listAccount(account: AccountThere): readonly Cell[] {
  const { server, subject, state, since, until, issuer, trouble } = account
  const isRenewed = until === null && state === 'connected'
  return [
    server,
    subject ?? 'the gateway',
    paintState(state === 'ended' ? 'must sign in again' : state),
    formatInstant(Date.parse(since)),
    isRenewed ? 'renewed' : until ? formatInstant(Date.parse(until)) : '-',
    issuer,
    trouble ?? '-',
  ]
}

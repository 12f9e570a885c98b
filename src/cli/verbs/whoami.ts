// `gateway whoami`: what a token is, may do, and has left.
// In: a token, a running gateway. Out: its holder, tools and limits.
// INVARIANT: one GET; the token is never printed.

import { json } from '../../diagnostics/shown.ts'
import { Unanswerable } from '../../diagnostics/unanswerable.ts'
import { findEndpoint } from '../endpoint.ts'
import { withProgress } from '../progress.ts'
import { renderWho } from '../render/whoami.ts'
import { formOption } from '../reports.ts'
import { say } from '../say.ts'
import {
  readTokenFrom,
  type TokenOptions,
  tokenOptions,
} from '../token-input.ts'
import { type ConfigOptions, configOptions, type Verb } from '../verb.ts'
import { mustAskWho } from '../whoami-there.ts'

interface WhoAmIOptions extends ConfigOptions, TokenOptions {
  readonly gateway?: string
  readonly report: 'human' | 'json'
}

export const whoami: Verb<WhoAmIOptions> = {
  name: 'whoami',
  summary: 'print who a token is, what it may call, and what its limits leave',
  schemas: ['whoami'],
  help: {
    reads:
      'the token from stdin, a file or the variable that --token-env names; ' +
      'the config for the address of the gateway, unless --gateway names it',
    writes: 'nothing; the gateway records that the token asked',
    contacts: 'the gateway, once',
    exits: [
      'the answer is printed',
      'it is printed, and the token may use nothing',
      'wrong usage, no config, or no gateway that accepts the token',
    ],
    examples: [
      'gateway whoami --gateway https://gateway.example.com < token',
      'gateway whoami --token-env GATEWAY_TOKEN --report json',
    ],
  },
  configure(command) {
    configOptions(command).option(
      '--gateway <url>',
      'address of the gateway (default: from the config)',
    )
    tokenOptions(command)
    formOption(command, ['human', 'json'])
  },
  async run(_args, options, io) {
    const { url } = await findEndpoint(options, io)
    const token = await readTokenFrom(options, io)
    if (token === '') {
      throw new Unanswerable(
        'no token: write it to stdin, or give --token-file or --token-env',
      )
    }
    const who = await withProgress(`asking ${url}`, io, () =>
      mustAskWho({ url, token }),
    )
    say(io.stdout, options.report === 'json' ? json(who, 2) : renderWho(who))
    return who.servers.length === 0 ? 1 : 0
  },
}

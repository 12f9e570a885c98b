// `gateway status`: the state of the running gateway, from its admin listener.
// In: the config and its key file, or a URL and a token. Out: a status.
// INVARIANT: one GET, no redirect is followed; only the admin listener gets the
// admin token, and it is never printed.

import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { DEFAULTS } from '../../contract/defaults.ts'
import { adminOrigin } from '../../contract/origins.ts'
import type { ServerStatus, Status } from '../../contract/status.ts'
import type { RoutingTable, SecretRef } from '../../contract/table.ts'
import { json, type Plain, plainLines } from '../../diagnostics/shown.ts'
import { Unanswerable } from '../../diagnostics/unanswerable.ts'
import { guessOwnFiles } from '../../link/own-files.ts'
import { type AdminTarget, askStatus, findAdminToken } from '../admin.ts'
import { compileConfig, tellErrors } from '../compiled.ts'
import { readGiven } from '../files.ts'
import { withProgress } from '../progress.ts'
import { renderStatus } from '../render-status.ts'
import { formOption } from '../reports.ts'
import { say } from '../say.ts'
import {
  adminOptions,
  type ConfigOptions,
  configOptions,
  type Io,
  type Verb,
} from '../verb.ts'

interface StatusOptions extends ConfigOptions {
  readonly gateway?: string
  readonly tokenFile?: string
  readonly report: 'human' | 'json'
}

export const status: Verb<StatusOptions> = {
  name: 'status',
  summary: 'print the state of the running gateway',
  schemas: ['status'],
  help: {
    reads:
      'the config and the key file that it names; with --gateway and --token-file ' +
      'neither',
    writes: 'nothing',
    contacts: 'the admin listener, once',
    exits: [
      'the gateway is ready, runs the last table that was written, and every server is up, ' +
        'idle, starting or disabled, and offers what is locked',
      'it cannot be reached, is not ready, refused the last config, a server ' +
        'is down, unauthorized or failing, a locked tool is withheld, or its ' +
        'audit or its certificate has a problem',
      'wrong usage, no config or key, or the token is not accepted',
    ],
    examples: [
      'gateway status',
      'gateway status --gateway http://127.0.0.1:4601 --token-file - < token',
    ],
  },
  configure(command) {
    adminOptions(configOptions(command))
    formOption(command, ['human', 'json'])
  },
  async run(_args, options, io) {
    const target = await findTarget(options, io)
    const answer = await withProgress(`asking ${target.url}`, io, () =>
      askStatus(target),
    )
    if ('unreachable' in answer) {
      say(io.stderr, describeSilence(target, answer.unreachable, options))
      return 1
    }
    say(
      io.stdout,
      options.report === 'json'
        ? json(answer, 2)
        : renderStatus(answer, io.now()),
    )
    return isFine(answer) ? 0 : 1
  },
}

/** States of a server that need no action: it serves, will serve by itself, or
 * is disabled. */
const FINE: Readonly<Record<ServerStatus['state'], boolean>> = Object.freeze({
  idle: true,
  starting: true,
  up: true,
  disabled: true,
  down: false,
  unauthorized: false,
  failing: false,
})

export function isFine(status: Status): boolean {
  const { ready, rejected, servers, audit, certificate } = status
  const whole = servers.every(
    ({ state, withheld }) => FINE[state] && withheld === 0,
  )
  const isCurrent = !certificate?.problem
  return ready && !rejected && whole && isCurrent && !audit.problem
}

/** A running gateway keeps the admin listener with which it was started. */
function describeSilence(
  { url }: AdminTarget,
  why: string,
  { gateway }: StatusOptions,
): Plain {
  const source = gateway === undefined ? ', the address in the config' : ''
  return plainLines([
    `no gateway answers at ${url} (${why})${source}`,
    'help: start one with `gateway serve`, or name it with --gateway',
    ...(gateway === undefined
      ? [
          'help: a gateway that was started before `admin` was edited, or with ' +
            '--admin-port, listens on the address that it printed: `Admin  http://…`',
        ]
      : []),
  ])
}

/** The address of a gateway's admin listener, and its token. */
export async function findTarget(
  options: Pick<StatusOptions, 'cwd' | 'config' | 'gateway' | 'tokenFile'>,
  io: Io,
): Promise<AdminTarget> {
  const { gateway: url, tokenFile } = options
  if (url !== undefined && tokenFile !== undefined) {
    return { url: trimUrl(url), token: await readTokenFile(tokenFile, io) }
  }
  const compiled = await compileConfig(options, io)
  const { artefact, root, config } = compiled
  if (config === undefined) {
    throw new Unanswerable(
      'no config found here (GW1001): create one with `gateway init`, give ' +
        '--cwd or --config, or --gateway and --token-file',
    )
  }
  // The running table may be valid even if the config has errors.
  if (!artefact)
    tellErrors('using the address that it names, or the default one', io)
  const { authored } = compiled
  const { key } = artefact?.table ?? guessOwnFiles(authored)
  const admin = artefact?.table.admin ?? guessAdmin(authored)
  return {
    url: trimUrl(url ?? adminOrigin(admin)),
    token:
      tokenFile === undefined
        ? await findAdminToken(admin.token, key, { env: io.env, root })
        : await readTokenFile(tokenFile, io),
  }
}

/** The admin listener in a config with errors. */
function guessAdmin(authored: unknown): RoutingTable['admin'] {
  const { admin } = Object(authored) as Record<string, unknown>
  const { host, port, token } = Object(admin) as Record<string, unknown>
  const { secret } = Object(token) as Record<string, unknown>
  const isText = typeof secret === 'string' && /^(?:env|file):./.test(secret)
  return {
    host: typeof host === 'string' ? host : DEFAULTS.admin.host,
    port: typeof port === 'number' ? port : DEFAULTS.admin.port,
    token: isText ? { secret: secret as SecretRef } : null,
  }
}

async function readTokenFile(file: string, io: Io): Promise<string> {
  const token =
    file === '-' ? await text(io.stdin) : readGiven(resolve(io.cwd, file))
  return token.trim()
}

function trimUrl(url: string): string {
  if (!URL.canParse(url)) throw new Unanswerable(`${url} is not a URL`)
  return url.replace(/(?<!\/)\/+$/, '')
}

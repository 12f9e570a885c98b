// `gateway serve`: compiles, runs, and follows every change of the files.
// In: a config or a compiled table. Out: a gateway, until a signal ends it.
// INVARIANT: the first table must be valid; later an invalid one is reported
// and changes nothing.

import { resolve } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import type { Artefact, RoutingTable } from '../../contract/table.ts'
import { json, type Plain, plain, verbatim } from '../../diagnostics/shown.ts'
import { suggestHelp } from '../../diagnostics/suggest.ts'
import { Unanswerable } from '../../diagnostics/unanswerable.ts'
import { type Gateway, startGateway } from '../../runtime/gateway.ts'
import { makeDevToken, nameDevTrail, writeSnippet } from '../dev.ts'
import type { ServeDocument } from '../documents/setup.ts'
import { readEnvironment } from '../environment.ts'
import { type Log, type LogOptions, logOptions, openLog } from '../log.ts'
import { describeOrigin } from '../origin.ts'
import { pinSource } from '../pinned.ts'
import { describeWaiting, withProgress } from '../progress.ts'
import { formOption } from '../reports.ts'
import { say } from '../say.ts'
import { openSource, type Reading, type Source } from '../source.ts'
import {
  type ConfigOptions,
  configOptions,
  type Io,
  type Verb,
} from '../verb.ts'
import { readVersion } from '../version.ts'
import { Watch } from '../watch.ts'

interface ServeOptions extends ConfigOptions, LogOptions {
  readonly dev?: boolean
  readonly as?: string
  readonly port?: number
  readonly adminPort?: number
  readonly secrets?: string
  readonly digest?: string
  readonly report: 'human' | 'json'
}

export const serve: Verb<ServeOptions> = {
  name: 'serve',
  summary: 'run the gateway, and reload it when its files change',
  schemas: ['serve'],
  help: {
    reads:
      'the config with what it imports, the tokens file, gateway.revoked, ' +
      'the key file, the secrets that servers refer to; `git` for the revision',
    writes:
      'the audit (also *.head, *.owner; with --dev to audit/dev.jsonl), ' +
      'gateway.revoked, a missing key',
    contacts: 'the servers of the config; listens on two ports',
    exits: [
      'ended by a signal',
      'the config has findings of severity error, or --digest names another table',
      'wrong usage, no config, a file that cannot be read, a port in use',
    ],
    examples: ['gateway serve', 'gateway serve --dev'],
  },
  configure(command: Command) {
    formOption(logOptions(configOptions(command)), ['human', 'json'])
      .argument(
        '[table]',
        'a table that `gateway compile` wrote (default: the config)',
      )
      .option('--dev', 'serve on loopback only, and print a token for this run')
      .option('--as <name>', 'with --dev: the role or team of that token')
      .option(
        '--port <n>',
        'port of the endpoint; 0 lets the system choose one',
        toPort,
      )
      .option('--admin-port <n>', 'port of the admin listener', toPort)
      .option(
        '--secrets <file>',
        'file of NAME=value lines, in addition to the environment',
      )
      .option(
        '--digest <digest>',
        'serve only the table with this digest; or file:PATH, one digest on each line',
      )
  },
  async run([table], options, io) {
    if (options.as !== undefined && !options.dev) {
      throw new Unanswerable('--as needs --dev')
    }
    const env = readEnvironment(options.secrets, io)
    const opened = openSource(table, options, io)
    const { digest } = options
    const source = digest === undefined ? opened : pinSource(opened, digest, io)
    const log = openLog(options, io)
    const { artefact, ...reading } = await source.read()
    if (artefact) tellFindings(reading, log, io)
    else {
      say(io.stderr, reading.report)
      return reading.exit
    }
    return runGateway(source, { ...reading, artefact }, options, env, log, io)
  },
}

async function runGateway(
  source: Source,
  { artefact, root, files }: Reading & { readonly artefact: Artefact },
  options: ServeOptions,
  env: Io['env'],
  log: Log,
  io: Io,
): Promise<number> {
  const dev = options.dev && makeDev(artefact.table, options.as, io)
  const gateway = await startGateway({
    artefact,
    root,
    log: log.logger,
    env,
    version: readVersion(),
    ...(options.port !== undefined && { port: options.port }),
    ...(options.adminPort !== undefined && { adminPort: options.adminPort }),
    ...(dev && {
      ownTokens: [dev.record],
      auditFile: nameDevTrail(artefact.table),
    }),
    origin: await describeOrigin(root, files),
  }).catch((error: NodeJS.ErrnoException) => {
    // The disk or the network failed, or the key file is not ours.
    if (error.code === undefined) throw error
    const help = helpStart(error, artefact.table, root)
    throw new Unanswerable(plain`cannot start: ${error.message}${help}`)
  })
  process.on('uncaughtExceptionMonitor', (bug) => gateway.crash(bug))
  const follower = follow(source, gateway, files, options.secrets, log, io)
  // Listened for before a line says that it runs: who reads the line may send
  // a signal at once.
  const signal = waitForSignal(() => follower.look())
  const isReady = await withProgress('starting', io, ({ tell }) => {
    const stop = followStart(gateway, tell)
    const ready = Promise.race([gateway.ready().then(() => true), signal])
    return ready.finally(stop)
  })
  if (isReady) announce(gateway, { ...dev, as: options.as }, options.report, io)
  const calls = dev && (await followDev(artefact.table, root, io))
  await signal
  follower.close()
  await gateway.close()
  if (calls) await calls.close()
  return 0
}

const LOOK_MS = 200

/** Says which servers are not up yet. */
function followStart(
  gateway: Gateway,
  tell: (text: string) => void,
): () => void {
  const timer = setInterval(() => {
    const servers = gateway
      .status()
      .servers.filter(({ state }) => ['starting', 'up'].includes(state))
    const waiting = servers.filter(({ state }) => state === 'starting')
    if (waiting.length === 0) return
    const names = (all: typeof servers) => all.map(({ name }) => name)
    tell(describeWaiting('starting', names(servers), new Set(names(waiting))))
  }, LOOK_MS)
  return () => clearInterval(timer)
}

/** A table that is served otherwise loads no reader of the trail. */
async function followDev(table: RoutingTable, root: string, io: Io) {
  const { followCalls } = await import('../dev-lines.ts')
  return followCalls(resolve(root, nameDevTrail(table)), io)
}

function makeDev(
  table: Parameters<typeof makeDevToken>[0],
  as: string | undefined,
  io: Io,
) {
  if (!LOOPBACK.has(table.listen.host)) {
    throw new Unanswerable('--dev serves on loopback only: see `listen.host`')
  }
  const dev = makeDevToken(table, as, io.now())
  if (!dev) {
    const { roles, teams } = table
    const known = [...Object.keys(roles), ...Object.keys(teams)]
    const help = suggestHelp(as ?? '', known)
    throw new Unanswerable(
      plain`--as ${as ?? ''}: no such role or team\nhelp: ${help}`,
    )
  }
  return dev
}

/** A system call says what failed, and not whose folder or port it is. */
function helpStart(
  { code = '', syscall }: NodeJS.ErrnoException,
  { state }: RoutingTable,
  root: string,
): Plain {
  if (code === 'EADDRINUSE') return BUSY
  if (syscall === 'listen' || !DISK.has(code)) return plain``
  return plain`\nhelp: the gateway writes its key, audit, sign-ins and revocations in ${resolve(root, state)}: there must be room, and its user must be able to write there`
}

const BUSY = plain`\nhelp: another gateway may be running here; stop it, or choose --port and --admin-port`

const DISK = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM'])

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '::1'])

/** Compiles again when a file changes; one compilation at a time. */
function follow(
  source: Source,
  gateway: Gateway,
  files: readonly string[],
  secrets: string | undefined,
  log: Log,
  io: Io,
): { look(): void; close(): void } {
  let reading = false
  let again = false
  const look = async () => {
    if (reading) {
      again = true
      return
    }
    reading = true
    do {
      again = false
      renewEnvironment(gateway, secrets, log, io)
      await reload(source, gateway, watch, log, io)
    } while (again)
    reading = false
  }
  const start = () => {
    look().catch((error: unknown) => {
      reading = false
      log.logger.error(error, 'reload failed; still serving the current table')
    })
  }
  const own = secrets === undefined ? [] : [resolve(io.cwd, secrets)]
  const watch = new Watch(start, own)
  watch.follow(files)
  return { look: start, close: () => watch.close() }
}

/** For new connections. A file that cannot be read changes nothing. */
function renewEnvironment(
  gateway: Gateway,
  secrets: string | undefined,
  log: Log,
  io: Io,
): void {
  try {
    gateway.useEnvironment(readEnvironment(secrets, io))
  } catch (error) {
    if (!(error instanceof Unanswerable)) throw error
    const reason = error.message
    log.logger.warn({ reason }, 'the secrets are unchanged')
  }
}

async function reload(
  source: Source,
  gateway: Gateway,
  watch: Watch,
  log: Log,
  io: Io,
): Promise<void> {
  const { logger } = log
  const reading = await source.read()
  // A failed compilation adds watched files and removes none: when a lost file
  // comes back, the change must be detected.
  watch.follow(reading.files, { keep: reading.artefact === undefined })
  const origin = await describeOrigin(reading.root, reading.files)
  const { table } = gateway.status()
  const rejected = `reload rejected; still serving table ${table.digest.slice(0, 12)}`
  if (!reading.artefact) {
    tellFindings(reading, log, io)
    logger.error(rejected)
    gateway.reject(reading.findings, origin)
    return
  }
  const swap = await gateway.swap(reading.artefact, origin)
  if (swap.verdict === 'rejected') {
    return logger.error({ reasons: swap.reasons }, rejected)
  }
  const digest = reading.artefact.digest.slice(0, 12)
  logger.info({ table: digest }, `reload ${swap.verdict}`)
  for (const key of swap.atNextStart) {
    logger.warn(`\`${key}\` takes effect at the next start`)
  }
}

/** For a person with the lines of the config, for a program as events. */
function tellFindings(
  { report, findings }: Omit<Reading, 'artefact'>,
  { logger, isPretty }: Log,
  io: Io,
): void {
  if (isPretty) return say(io.stderr, report)
  for (const finding of findings) logger.warn({ finding }, 'finding')
}

interface Announced {
  readonly token?: string
  readonly as?: string | undefined
}

function announce(
  gateway: Gateway,
  { token, as }: Announced,
  report: ServeOptions['report'],
  io: Io,
): void {
  const { url, localUrl, adminUrl, boundAt } = gateway
  const { login } = gateway.status()
  const door = login ? new URL(login.path, url).href : null
  if (report === 'json') {
    const object: ServeDocument = {
      formatVersion: 1,
      command: 'serve',
      endpoint: url,
      listener: localUrl,
      admin: adminUrl,
      login: door,
      token: token ?? null,
    }
    say(io.stdout, json(object))
    return
  }
  const { protocol } = new URL(localUrl)
  const how = protocol === 'https:' ? 'TLS' : 'without TLS'
  const listener = plain`Listener  ${boundAt}, ${how}\n`
  const people = door === null ? plain`` : plain`Login     ${door}\n`
  say(
    io.stdout,
    plain`Endpoint  ${url}\n${url === localUrl ? plain`` : listener}Admin     ${adminUrl}\n${people}`,
  )
  if (token === undefined) return
  const role = as ? `as ${as}` : 'every role'
  const secret = verbatim(`Token     ${token}\n`)
  const snippet = verbatim(`${writeSnippet(url, token)}\n`)
  say(
    io.stdout,
    plain`${secret}          valid for this run, ${role}\n\nPaste into a client:\n${snippet}`,
  )
}

/** Resolves at SIGINT or SIGTERM; a second signal ends the process at once. */
function waitForSignal(hangUp: () => void): Promise<void> {
  process.on('SIGHUP', hangUp)
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => resolve())
    }
  })
}

function toPort(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw new InvalidArgumentError('a port is a number from 0 to 65535')
}

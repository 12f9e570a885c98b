// `gateway connect SERVER`: a person signs in at a server, or an operator for all.
// In: a token on stdin, or the admin token. Out: one line when it is connected.
// INVARIANT: the address that is opened holds no token; the sign-in happens in
// the browser, between the person and the gateway.

import { formatInstant } from '../../../diagnostics/instants.ts'
import {
  json,
  link,
  plain,
  plainLines,
  type Shown,
  whole,
} from '../../../diagnostics/shown.ts'
import { suggestHelp } from '../../../diagnostics/suggest.ts'
import { Unanswerable } from '../../../diagnostics/unanswerable.ts'
import {
  askState,
  listAccounts,
  type OwnServer,
  readOrigin,
  requestCode,
} from '../../accounts-there.ts'
import { compileConfig } from '../../compiled.ts'
import type { ConnectServerDocument } from '../../documents/running.ts'
import { endpointOf } from '../../endpoint.ts'
import { openBrowser } from '../../open-browser.ts'
import { withProgress } from '../../progress.ts'
import { say } from '../../say.ts'
import { readTokenFrom } from '../../token-input.ts'
import type { Io } from '../../verb.ts'
import { findTarget } from '../status.ts'
import type { ConnectOptions } from './options.ts'

const NAME = /^[a-z][a-z0-9-]{0,31}$/

const BETWEEN_MS = 2_000
const MAX_MS = 600_000

/** `given`: the token, where it was read already. */
export async function connectServer(
  server: string,
  options: ConnectOptions,
  io: Io,
  given?: string,
): Promise<number> {
  if (!NAME.test(server)) {
    throw new Unanswerable(plain`${server} is not the name of a server`)
  }
  const { as } = options
  if (as !== undefined && as !== 'gateway') {
    throw new Unanswerable(
      plain`--as is followed by gateway; without it, you connect your own account`,
    )
  }
  return as === 'gateway'
    ? connectShared(server, options, io)
    : connectOwn(server, options, io, given)
}

async function connectOwn(
  name: string,
  options: ConnectOptions,
  io: Io,
  given: string | undefined,
): Promise<number> {
  const origin = await findOrigin(options, io)
  const token = given ?? (await readTokenFrom(options, io))
  const look = async () => {
    const state = await askState(origin, token)
    const servers = state?.servers ?? []
    const own = servers.find((one) => one.name === name)
    return { subject: state?.subject ?? '', servers, own }
  }
  const first = await look()
  if (!first.own) {
    tellUnknown(name, first.servers, io)
    return 1
  }
  const { since } = first.own
  if (first.own.state === 'connected' && options.again !== true) {
    return tellConnected(name, first.subject, since, options, io)
  }
  const how = first.own.via === 'login' ? HOW_VOUCHED : HOW
  show(new URL(`/connect/${name}`, origin), how, options, io)
  const isConnected = async () => {
    const { own, subject } = await look()
    const isNew = own?.state === 'connected' && own.since !== since
    return isNew ? subject : undefined
  }
  const done = await withProgress(WAITING, io, () => waitFor(isConnected, io))
  if (done === undefined) return 1
  return tellNew(name, done, options, io)
}

const WAITING = 'waiting for the sign-in in the browser'

const HOW_VOUCHED =
  'The login of your company opens this server. Open this address, and sign in with it once:'

const HOW = 'Open this address, enter your gateway token there, and sign in:'

async function connectShared(
  name: string,
  options: ConnectOptions,
  io: Io,
): Promise<number> {
  const target = await findTarget(options, io)
  const look = async () => {
    const accounts = await listAccounts(target)
    return accounts.find((one) => one.server === name && one.subject === null)
  }
  const first = await look()
  if (first?.state === 'connected' && options.again !== true) {
    return tellConnected(name, null, first.since, options, io)
  }
  const issued = await requestCode(target, name)
  if (typeof issued === 'string') {
    say(io.stderr, plain`${name}: ${issued}\n`)
    return 1
  }
  const { code, url } = issued
  if (!URL.canParse(url)) throw new Unanswerable('no address in the answer')
  const how = plain`Open this address within ten minutes, enter the code ${code}, and sign in:`
  show(new URL(url), how.toString(), options, io)
  const isConnected = async () => {
    const own = await look()
    return own?.state === 'connected' && own.since !== first?.since
      ? own
      : undefined
  }
  const done = await withProgress(WAITING, io, () => waitFor(isConnected, io))
  if (!done) return 1
  return tellNew(name, null, options, io)
}

/** The public listener. */
async function findOrigin(options: ConnectOptions, io: Io): Promise<string> {
  if (options.gateway !== undefined) return readOrigin(options.gateway)
  const { artefact } = await compileConfig(options, io)
  if (!artefact) {
    throw new Unanswerable(
      'no config without errors here: name the gateway with --gateway',
    )
  }
  return readOrigin(endpointOf(artefact.table))
}

function tellUnknown(
  name: string,
  servers: readonly OwnServer[],
  io: Io,
): void {
  const known = servers.map((one) => one.name)
  say(
    io.stderr,
    plain`there is no server \`${name}\` that you can connect\nhelp: ${suggestHelp(name, known)}\n`,
  )
}

function tellConnected(
  name: string,
  subject: string | null,
  since: string | null,
  { report }: ConnectOptions,
  io: Io,
): number {
  if (report === 'json') {
    say(io.stdout, renderConnected({ server: name, subject, isNew: false }))
    return 0
  }
  const whom = subject ?? 'the gateway'
  const at = since === null ? '' : `, since ${formatInstant(Date.parse(since))}`
  say(io.stdout, plain`${name} is connected as ${whom}${at}.\n`)
  say(io.stderr, plain`To sign in once more, add --again.\n`)
  return 0
}

function tellNew(
  server: string,
  subject: string | null,
  { report }: ConnectOptions,
  io: Io,
): number {
  const shown =
    report === 'json'
      ? renderConnected({ server, subject, isNew: true })
      : plain`Connected to ${server} as ${subject ?? 'the gateway'}.\n`
  say(io.stdout, shown)
  return 0
}

function renderConnected(told: Omit<ConnectServerDocument, 'state'>): Shown {
  const object: ConnectServerDocument = { ...told, state: 'connected' }
  return json(object)
}

function show(
  url: URL,
  how: string,
  { browser }: ConnectOptions,
  io: Io,
): void {
  const address = whole(plain`  ${link(url.href, url.href)}`)
  say(io.stderr, plainLines([how, address]))
  if (browser) openBrowser(url, io)
  say(io.stderr, plain`waiting for the sign-in\n`)
}

/** Undefined: not in time, which it says. */
async function waitFor<T>(
  look: () => Promise<T | undefined>,
  io: Io,
): Promise<T | undefined> {
  const until = performance.now() + MAX_MS
  while (performance.now() < until) {
    const found = await look()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS))
  }
  say(io.stderr, plain`nobody has signed in within ten minutes: run it again\n`)
  return undefined
}

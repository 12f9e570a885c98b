// `gateway lock`: records what every server offers, for review.
// In: the config, the servers. Out: the lock and the types for the editor; or,
// with --check, whether they are right.
// INVARIANT: a silent server keeps its lock; no new lock breaks a config.

import { InvalidArgumentError } from 'commander'
import type { Compiled } from '../../compile.ts'
import type { RoutingTable } from '../../contract/table.ts'
import { hasErrors } from '../../diagnostics/report.ts'
import {
  json,
  type Plain,
  plain,
  plainLines,
  type Shown,
} from '../../diagnostics/shown.ts'
import { suggestHelp } from '../../diagnostics/suggest.ts'
import { Unanswerable } from '../../diagnostics/unanswerable.ts'
import { diffArtefacts } from '../../table/diff/diff.ts'
import { findDrift } from '../../table/drift.ts'
import { digestOffer } from '../../table/lock.ts'
import type { Answer } from '../ask.ts'
import { compileConfig, tellFindings } from '../compiled.ts'
import type { LockDocument, LockedServerDocument } from '../documents/setup.ts'
import { readEnvironment } from '../environment.ts'
import {
  type LockedServers,
  readLockFile,
  writeLockFile,
} from '../lock-file.ts'
import { askSignedIn, wantsPerson } from '../lock-sign-in.ts'
import { tryLock } from '../lock-trial.ts'
import { withSecrets } from '../programs.ts'
import { renderAccess } from '../render/diff.ts'
import { formatTextChanges, listTextChanges } from '../render/diff-texts.ts'
import { formOption } from '../reports.ts'
import { say } from '../say.ts'
import { paintState } from '../tones.ts'
import {
  type ConfigOptions,
  configOptions,
  type Io,
  type Verb,
} from '../verb.ts'

interface LockOptions extends ConfigOptions {
  readonly check?: boolean
  readonly signIn?: boolean
  readonly port?: number
  readonly secrets?: string
  readonly report: 'human' | 'json'
}

export const lock: Verb<LockOptions> = {
  name: 'lock',
  summary: 'write what servers offer to the lock, for review',
  schemas: ['lock.report'],
  help: {
    reads:
      'the config, what it imports, the secrets that servers need, and the ' +
      'current lock',
    writes:
      'gateway.lock.json and gateway-env.d.ts beside the config; with ' +
      '--check nothing',
    contacts:
      'every named server, or all of them; stdio servers are started; a ' +
      'server to which people sign in opens your browser, and its ' +
      'authorization server gives a token that is revoked at the end',
    exits: [
      'the lock is written; with --check: it matches what servers offer',
      'a server did not answer, is unknown, or has errors in the config; ' +
        'one without a lock was not contacted, because somebody must sign in; ' +
        'the config would not compile with the new lock, which is then not ' +
        'written; with --check: the lock differs',
      'wrong usage, no config, a file that cannot be read or written, or a ' +
        'named server to which nobody can sign in here',
    ],
    examples: ['gateway lock', 'gateway lock github', 'gateway lock --check'],
  },
  configure(command) {
    configOptions(command.argument('[server...]', 'servers (default: all)'))
      .option('--check', 'compare only, write nothing')
      .option('--secrets <file>', 'file of NAME=value lines for secrets')
      .option('--sign-in', 'sign in to servers also without a terminal')
      .option(
        '--port <port>',
        'port of the redirect address (default: a free one)',
        readPort,
      )
    formOption(command, ['human', 'json'])
  },
  async run(named, options, io) {
    const env = readEnvironment(options.secrets, io)
    const compiled = await compileConfig(options, io, { places: 'always' })
    const { linked, root, config = '' } = compiled
    if (!linked || isServersFault(compiled)) return tellFindings(compiled, io)
    const { servers, caps } = linked
    const unknown = named.filter((name) => !Object.hasOwn(servers, name))
    if (unknown.length > 0) {
      for (const name of unknown) {
        const help = suggestHelp(name, Object.keys(servers))
        say(io.stderr, plain`unknown server \`${name}\`\nhelp: ${help}\n`)
      }
      return 1
    }
    const before = readBefore(root, named)
    const all = named.length > 0 ? named : Object.keys(servers)
    const left = listLeft(all, servers, options, io)
    tellLeft(left, io)
    if (named.some((name) => left.people.includes(name))) return 2
    const wanted = pick(
      servers,
      all.filter((name) => ![...left.disabled, ...left.people].includes(name)),
    )
    const answers = await withSecrets({ env, root }, (secrets) =>
      askSignedIn({ servers: wanted, caps, secrets }, options.port ?? 0, io),
    )
    const failed = [...answers.values()].some((one) => 'failure' in one)
    const after = merge(before, answers, Object.keys(servers))
    const drift = findDrift(before, after)
    const access = describeAccess(compiled, after)
    const isJson = options.report === 'json'
    if (!isJson) say(io.stdout, plain`${describeDrift(before, after)}${access}`)
    const tell = (written: readonly string[]) => {
      if (!isJson) return
      const servers = listServers(all, answers, left)
      const told = { written, changes: drift, access: linesOf(access), servers }
      say(io.stdout, renderLocked(told, io))
    }
    if (drift.length > 0) {
      const trial = await tryLock(after, compiled, options, io)
      if (trial.diagnostics.length > 0) tellFindings(trial, io)
      if (hasErrors(trial.diagnostics)) {
        say(io.stderr, NOT_WRITTEN)
        tell([])
        return 1
      }
    }
    const isWhole = left.people.every((name) => Object.hasOwn(after, name))
    if (options.check) {
      tell([])
      return failed || drift.length > 0 || !isWhole ? 1 : 0
    }
    const typed = /\.m?ts$/.test(config)
    const empty = Object.keys(after).length === 0
    const files = failed && empty ? [] : writeLockFile(root, after, typed)
    tell(files)
    say(io.stderr, describeWritten(files, after, servers, failed))
    return failed || !isWhole ? 1 : 0
  },
}

function linesOf(text: Plain): readonly string[] {
  return String(text)
    .split('\n')
    .filter((line) => line !== '')
}

function listServers(
  all: readonly string[],
  answers: ReadonlyMap<string, Answer>,
  { disabled, people }: Left,
): readonly LockedServerDocument[] {
  return all.map((name) => {
    if (disabled.includes(name)) {
      return { name, state: 'disabled', reason: 'disabled in the config' }
    }
    if (people.includes(name)) {
      return { name, state: 'sign-in', reason: 'somebody must sign in' }
    }
    const answer = answers.get(name)
    return answer && 'failure' in answer
      ? { name, state: 'failed', reason: answer.failure }
      : { name, state: 'read', reason: null }
  })
}

type Told = Pick<LockDocument, 'written' | 'changes' | 'access' | 'servers'>

function renderLocked(told: Told, io: Io): Shown {
  const { findings: diagnostics } = io.failure
  const object: LockDocument = {
    formatVersion: 1,
    command: 'lock',
    ...told,
    diagnostics,
  }
  return json(object)
}

const NOT_WRITTEN = plain`with this lock the config would not compile: nothing is written
help: change the config as said above, then run \`gateway lock\` again
`

/** With errors about servers, none is started. What contradicts the old lock
 * may agree with the new one. */
function isServersFault({ diagnostics }: Compiled): boolean {
  return hasErrors(
    diagnostics.filter(
      ({ code, pointer }) =>
        /^(?:$|\/servers)/.test(pointer) && !OF_LOCK.includes(code),
    ),
  )
}

const OF_LOCK: readonly string[] = ['GW3006', 'GW3007', 'GW3012']

/** Servers that are not contacted. */
interface Left {
  readonly disabled: readonly string[]
  /** Nobody can sign in to them here. */
  readonly people: readonly string[]
}

function listLeft(
  all: readonly string[],
  servers: RoutingTable['servers'],
  { signIn = false }: LockOptions,
  io: Io,
): Left {
  const disabled = all.filter((name) => servers[name]?.disabled)
  const others = all.filter((name) => !disabled.includes(name))
  const canSignIn = signIn || io.stderr.isTerminal
  const people = others.filter((name) => wantsPerson(servers[name]))
  return { disabled, people: canSignIn ? [] : people }
}

function tellLeft({ disabled, people }: Left, io: Io): void {
  if (disabled.length > 0) {
    const names = disabled.join(', ')
    say(io.stderr, plain`not contacted, because disabled: ${names}\n`)
  }
  if (people.length === 0) return
  const names = people.join(', ')
  const help = `run \`gateway lock ${people.join(' ')}\` in a terminal, or with --sign-in`
  say(
    io.stderr,
    plain`not contacted, because somebody must sign in: ${names}\nhelp: ${help}\n`,
  )
}

function readPort(text: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port > 0 && port < 65_536) return port
  throw new InvalidArgumentError('A port is a number from 1 to 65535.')
}

function readBefore(root: string, named: readonly string[]): LockedServers {
  const before = readLockFile(root)
  if (before) return before
  if (named.length === 0) return {}
  throw new Unanswerable(
    'the lock cannot be read, so no part of it can be kept; ' +
      'run `gateway lock` for all servers',
  )
}

function pick<T>(
  section: Readonly<Record<string, T>>,
  names: readonly string[],
): Readonly<Record<string, T>> {
  return Object.fromEntries(
    Object.entries(section).filter(([name]) => names.includes(name)),
  )
}

/** Servers that are no longer declared are removed. */
function merge(
  before: LockedServers,
  answers: ReadonlyMap<string, Answer>,
  declared: readonly string[],
): LockedServers {
  const offers = [...answers].flatMap(([name, answer]) =>
    'offer' in answer ? [[name, answer.offer] as const] : [],
  )
  return { ...pick(before, declared), ...Object.fromEntries(offers) }
}

function describeDrift(before: LockedServers, after: LockedServers): Plain {
  const drift = findDrift(before, after)
  if (drift.length === 0) return plain`no change\n`
  const sides = {
    base: { definitions: before },
    head: { definitions: after },
  }
  return plainLines(
    drift.flatMap((one) => {
      const { server, kind, name, change, parts } = one
      const what = parts.length > 0 ? ` (${parts.join(', ')})` : ''
      const subject = kind === 'server' ? server : `${server}/${name}`
      return [
        plain`${paintState(change)} ${kind} ${subject}${what}`,
        ...formatTextChanges(listTextChanges(one, sides)),
      ]
    }),
  )
}

/** The effect of the change on holders of a pattern; nothing while the config
 * has errors. */
function describeAccess({ artefact }: Compiled, after: LockedServers): Plain {
  if (!artefact) return plain``
  const named = Object.entries(after).map(([server, locked]) => [
    server,
    digestOffer(locked).names,
  ])
  const table = { ...artefact.table, lock: Object.fromEntries(named) }
  const head = { ...artefact, table, definitions: after }
  const diff = diffArtefacts(artefact, head)
  return renderAccess({ base: artefact, head, diff })
}

function describeWritten(
  files: readonly string[],
  after: LockedServers,
  servers: object,
  failed: boolean,
): Plain {
  const missing = Object.keys(servers).filter((name) => !after[name])
  return plainLines([
    files.length === 0
      ? 'nothing to write'
      : `wrote ${files.join(' and ')}; review the change and commit it`,
    ...(missing.length > 0 ? [`not locked: ${missing.join(', ')}`] : []),
    ...(failed ? ['servers that did not answer keep their lock'] : []),
  ])
}

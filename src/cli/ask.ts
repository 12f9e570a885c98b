// Reads what upstream servers offer: all servers, a few at a time.
// In: servers of a table, secrets. Out: by server, its offers or an error.
// INVARIANT: every session and child process that this opens is closed when it
// resolves; the failure of one server does not affect the others.

import type { LockedServer } from '../contract/lock.ts'
import type { Caps } from '../contract/settings.ts'
import type { RoutingTable } from '../contract/table.ts'
import { count } from '../diagnostics/report.ts'
import { plain } from '../diagnostics/shown.ts'
import { systemClock } from '../runtime/base/clock.ts'
import { SignIn, type SignInOptions } from '../runtime/oauth/sign-in.ts'
import type { SecretSource } from '../runtime/secrets/resolve.ts'
import { describeState, type Failure } from '../runtime/upstream/failure.ts'
import { readOffer } from '../runtime/upstream/inspect.ts'
import { Watchdog } from '../runtime/upstream/watchdog.ts'
import {
  describeWaiting,
  type Progress,
  showsProgress,
  withProgress,
} from './progress.ts'
import { say } from './say.ts'
import type { Io } from './verb.ts'
import { readVersion } from './version.ts'

export interface Asked {
  readonly servers: RoutingTable['servers']
  readonly caps: Caps
  readonly secrets: SecretSource
}

export type Answer =
  | { readonly offer: LockedServer; readonly oddities: readonly string[] }
  | { readonly failure: string; readonly help: string | undefined }

/** Each starts a process, or several connections. */
const AT_ONCE = 4

export async function askServers(
  { servers, caps, secrets }: Asked,
  io: Io,
): Promise<ReadonlyMap<string, Answer>> {
  const watchdog = new Watchdog()
  const context = makeContext(watchdog, caps, secrets)
  const answers = new Map<string, Answer>()
  const waiting = Object.keys(servers).sort()
  if (waiting.length > 0 && !showsProgress(io)) {
    say(io.stderr, plain`waiting for ${waiting.join(', ')}\n`)
  }
  const all = [...waiting]
  const asked = new Set(all)
  const tell = (name: string, text: string) =>
    say(io.stderr, plain`${name}: ${text}\n`)
  const work = async ({ tell: show }: Progress) => {
    for (let name = waiting.shift(); name; name = waiting.shift()) {
      const server = servers[name]
      if (!server) continue
      const began = performance.now()
      try {
        const answer = await readOffer(name, server, context)
        answers.set(name, answer)
        const seconds = ((performance.now() - began) / 1000).toFixed(1)
        tell(name, `${countOffer(answer.offer)} (${seconds} s)`)
        for (const oddity of answer.oddities) tell(name, oddity)
      } catch (thrown) {
        if (thrown instanceof Error) throw thrown
        const failure = describeState(thrown as Failure)
        const help = suggestRemedy(thrown as Failure, server)
        answers.set(name, { failure, help })
        tell(name, failure)
        if (help !== undefined) tell(name, `help: ${help}`)
      }
      asked.delete(name)
      show(describeWaiting('asking', all, asked))
    }
  }
  try {
    const text = describeWaiting('asking', all, asked)
    await withProgress(text, io, (progress) =>
      Promise.all(Array.from({ length: AT_ONCE }, () => work(progress))),
    )
  } finally {
    watchdog.close()
  }
  return answers
}

/** Of a connection that is only read once. */
function makeContext(watchdog: Watchdog, caps: Caps, secrets: SecretSource) {
  return {
    clock: systemClock,
    secrets,
    watchdog,
    caps,
    clientInfo: { name: 'portcullis', version: readVersion() },
    leaves() {},
    note() {},
    turned() {},
    failing() {},
    starting() {},
    needsPeople() {},
    flooded() {},
    ownChanged() {},
    makeSignIn: (server: SignInOptions) => new SignIn(server),
    unsolicited() {},
    isWanted: () => false,
    listWanted: () => ({ uris: [], taskIds: [] }),
  }
}

function countOffer(offer: LockedServer): string {
  const { tools, prompts, resourceTemplates } = offer
  const others = [
    [prompts, 'prompt'],
    [resourceTemplates, 'resource template'],
  ] as const
  const listed = others.filter(([list]) => list.length > 0)
  return [[tools, 'tool'] as const, ...listed]
    .map(([list, word]) => count(list.length, word))
    .join(', ')
}

/** Undefined if the failure itself is clear enough. */
function suggestRemedy(
  { kind, status = 0, lasting }: Failure,
  { type }: RoutingTable['servers'][string],
): string | undefined {
  if (lasting) {
    return 'the gateway would start without it; what keeps it away does not pass by itself'
  }
  if (kind === 'signin') {
    return 'correct its `auth`, or the client at the authorization server; the gateway would start without this server'
  }
  if (kind === 'refused') {
    return 'correct the credentials in its `headers`, or ask its operator for access'
  }
  if (status >= 500) {
    return 'the server itself fails: read its log; the config is not the cause'
  }
  if (status >= 400) return 'correct its `url`: no MCP server answers there'
  if (type !== 'stdio') return undefined
  if (kind === 'ended' || kind === 'unreachable') {
    return BY_HAND
  }
  return kind === 'garbage' || kind === 'timeout'
    ? 'run its command by hand: it must write only JSON messages to standard output, and logs to standard error'
    : undefined
}

/** In a shell it may find a proxy or a CA that it does not get here. */
const BY_HAND =
  'run its command by hand where the gateway runs, after `env -i PATH="$PATH" HOME="$HOME"`: it ends before it answers, and gets no other variable but those of its `env`'

// Things to report on, all of whose texts are one given text.
// In: a text. Out: what each renderer takes.

import type { Sides } from '../../src/cli/render/diff.ts'
import type { Status } from '../../src/contract/status.ts'
import type { Artefact } from '../../src/contract/table.ts'
import { finding, makeReport } from '../../src/diagnostics/report.ts'
import { diffArtefacts } from '../../src/table/diff/diff.ts'
import { Durations } from '../../src/trail/durations.ts'
import type { Replay } from '../../src/trail/replay.ts'
import { makeArtefact } from '../harness/judged-config.ts'
import { lockServer } from '../harness/lock.ts'

const NAMES = 'zzz'

const CONFIG = {
  servers: {
    'zzz-a': {
      type: 'http',
      url: 'https://zzz.example/zzz',
      headers: { 'x-zzz': 'zzz' },
    },
    'zzz-b': {
      type: 'stdio',
      command: 'zzz',
      args: ['zzz'],
      env: { zzz: { secret: 'env:zzz' } },
    },
  },
  roles: {
    'zzz-r': {
      allow: {
        'zzz-a': ['zzz_a', { tool: 'zzz_b', when: { owner: { in: ['zzz'] } } }],
      },
    },
  },
  teams: { 'zzz-t': { roles: ['zzz-r'] } },
  limits: { 'zzz-l': { on: { 'zzz-a': ['zzz*'] }, calls: 1, per: 'minute' } },
  tokens: {
    grants: {
      aaaaaaaaaaa1: {
        subject: 'zzz',
        team: 'zzz-t',
        created: '2026-11-01T00:00:00Z',
        expires: '2026-12-01T00:00:00Z',
        sha256: 'a'.repeat(64),
        reason: 'zzz',
      },
    },
  },
}

/** The same gateway when less was allowed, and everything had another name. */
const BASE = {
  ...CONFIG,
  servers: {
    'zzz-a': { type: 'http', url: 'https://old.example/zzz' },
    'zzz-c': { type: 'stdio', command: 'zzzold' },
  },
  roles: {
    'zzz-r': { allow: { 'zzz-a': ['zzz_c'] } },
    'zzz-q': { allow: { 'zzz-c': ['*'] } },
  },
  limits: { 'zzz-l': { on: { 'zzz-a': ['zzz*'] }, calls: 2, per: 'minute' } },
  tokens: {},
  audit: { file: 'zzz.jsonl' },
}

const [HEAD, OLD] = [CONFIG, BASE].map((config, at) => {
  const tools = at === 0 ? { zzz_a: {}, zzz_b: {} } : { zzz_c: {} }
  const lock = { 'zzz-a': lockServer(tools) }
  return JSON.stringify(makeArtefact({ config, lock } as never))
}) as [string, string]

/** A table in which every text of the config is this one. */
function poison(artefact: string, text: string): Artefact {
  const places = {
    '/roles/zzz-r/allow/zzz-a/0': 'zzz.ts:1:1',
    '/limits/zzz-l': 'zzz.ts:2:1',
  }
  const whole = JSON.stringify({ ...JSON.parse(artefact), places })
  const inside = JSON.stringify(text).slice(1, -1)
  return JSON.parse(whole.replaceAll(NAMES, () => inside))
}

/** Text → its sides, which several forms of report show. */
const SIDES = new Map<string, Sides>()

export function sidesOf(text: string): Sides {
  const known = SIDES.get(text)
  if (known) return known
  const [base, head] = [poison(OLD, text), poison(HEAD, text)]
  const diff = diffArtefacts(base, head)
  const sides = { base, head, diff, notes: [text] }
  SIDES.set(text, sides)
  return sides
}

/** More than ten stand in a group of GitHub's log. */
export function reportOf(text: string, length = 2) {
  const at = (line: number) => ({
    file: text,
    start: { line, column: 1 },
    end: { line, column: 3 },
  })
  const found = (line: number) => ({
    ...finding('GW3001', `/${text}/${line}`, `${text} \`${text}\``, {
      at: at(line),
      label: text,
      help: text,
      notes: [{ message: text, at: at(line) }],
    }),
    fix: { title: text, edits: [{ at: at(line), text: 'x' }] },
  })
  return makeReport(
    'check',
    Array.from({ length }, (_, line) => found(line + 1)),
    { remarks: ['no tests'] },
  )
}

export const TIME = '2026-11-22T18:00:00.000Z'
const texts = (text: string, names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, text]))

export function recordOf(text: string) {
  const names = [
    'requestId',
    'tokenId',
    'subject',
    'team',
    'ip',
    'session',
    'protocol',
    'method',
    'server',
    'tool',
    'exposed',
    'decision',
    'limit',
    'reason',
    'outcome',
    'trace',
    'table',
    'event',
  ]
  return {
    ts: TIME,
    roles: [text],
    client: { name: text, version: text },
    rule: { pointer: text, at: text },
    durationMs: 1,
    upstreamMs: 1,
    bytesIn: 1,
    bytesOut: 1,
    count: 1,
    arguments: { [text]: text },
    notice: null,
    detail: { [text]: text },
    ...texts(text, names),
  }
}

export function groupOf(text: string) {
  const durations = new Durations()
  durations.add(1)
  return {
    value: text,
    who: text,
    calls: 1,
    refused: 0,
    failed: 0,
    first: TIME,
    last: TIME,
    durations,
  }
}

export function statusOf(text: string): Status {
  const server = {
    name: text,
    title: text,
    type: 'http',
    state: 'down',
    reason: text,
    problems: [text],
    since: TIME,
    tools: 0,
    prompts: 0,
    resources: 0,
    sessions: 0,
    inFlight: 0,
    queued: 0,
    reconnects: 0,
    strays: 1,
    signIn: text,
    exit: null,
    accounts: [],
    withheld: 0,
    listed: true,
  } as const
  return {
    version: text,
    pid: 1,
    startedAt: TIME,
    url: text,
    ready: true,
    table: { digest: text, since: text, revision: text },
    rejected: { at: text, digest: text, findings: [text] },
    reloads: {
      accepted: 1,
      rejected: 1,
      last: {
        at: text,
        verdict: 'rejected',
        findings: [text],
        atNextStart: [text],
      },
    },
    servers: [server],
    sessions: 1,
    streams: 1,
    calls: { admitted: 1, refused: 1, inFlight: 1 },
    tokens: { good: 1, expiring: 0, early: 0, expired: 0, revoked: 0 },
    login: {
      ...{ issuer: text, path: text, keys: 1, keysAge: 1, problem: text },
      logouts: 1,
      server: { clients: 1, people: 1, signIns: 1, refused: 1 },
    },
    callers: [
      {
        token: text,
        subject: text,
        team: text,
        server: text,
        tool: text,
        calls: 1,
        refused: 0,
      },
    ],
    certificate: {
      file: text,
      names: text,
      expires: TIME,
      warning: text,
      clients: { expires: TIME, warning: text },
      problem: text,
    },
    limits: [{ limit: text, bucket: text, used: 1, of: 2, refillMs: 1000 }],
    audit: {
      file: text,
      records: 1,
      seq: 1,
      checkpoint: text,
      problem: text,
      failures: 1,
      lastFailure: { at: text, reason: text },
      lagMs: 1,
    },
    traces: { exported: 1, dropped: 1, queued: 0, failures: 1, problem: text },
  } as Status
}

export const coverageOf = {
  first: TIME,
  last: TIME,
  gaps: [],
  count: { lines: 1, damaged: 0 },
} as never

export function replayedOf(text: string) {
  const change = {
    ...texts(text, [
      'tokenId',
      'subject',
      'server',
      'name',
      'was',
      'becomes',
      'rule',
      'at',
    ]),
    count: 1,
    first: TIME,
    last: TIME,
  }
  const limits = [{ name: text, recorded: 1, simulated: 2 }]
  const replay = {
    changes: [change],
    calls: 1,
    judged: 1,
    unjudged: { [text]: 1 },
    beyond: 1,
    limits,
  } as unknown as Replay
  return { config: `/srv/${text}`, digest: text, replay, coverage: coverageOf }
}

export function unusedOf(text: string) {
  const place = { rule: text, at: text }
  const idle = { id: text, subject: text, team: text, at: text, created: TIME }
  const report = {
    entries: [
      {
        role: text,
        server: text,
        entry: { tool: text, when: { [text]: { in: [text] } } },
        ...place,
        calls: 0,
        last: null,
        holders: 1,
      },
    ],
    tokens: [idle],
    idleRoles: [{ ...idle, roles: [text] }],
    roles: [
      {
        role: text,
        at: text,
        allow: { [text]: [text, { tool: text }, text, text] },
      },
    ],
    judged: 1,
    expectations: [text],
  }
  const span = { since: Date.parse(TIME), until: Date.parse(TIME) }
  return {
    report,
    calls: 1,
    refused: 1,
    span,
    digest: text,
    coverage: coverageOf,
    warnings: [text],
  }
}

export function verdictOf(text: string) {
  const place = { file: `/srv/${text}`, line: 1, seq: 1 }
  return {
    fault: { ...place, why: text },
    files: 1,
    records: 1,
    first: place,
    last: place,
    keyed: true,
    checkpoints: 1,
    sealed: 1,
    unsealed: 1,
    torn: 1,
    limits: [text],
    remarks: [
      { ...place, notice: 'gap', detail: { lost: text } },
      { ...place, notice: 'removed', detail: { files: [text] } },
    ],
  } as never
}

export function explainedOf(text: string) {
  const step = { what: 'allow', text, rule: text, matches: true }
  return {
    principal: { kind: 'token', name: text },
    subject: text,
    use: { server: text, kind: 'tool', name: text },
    exposed: `${text}x`,
    state: text,
    disabled: true,
    meant: text,
    identity: text,
    places: { [text]: text },
    explanation: {
      verdict: 'allowed',
      decision: { verdict: 'allowed', rule: text },
      steps: [step, { ...step, rule: null }],
      limits: [{ name: text, text, rule: text, counts: null }],
      nearest: { text, rule: text, edit: text },
    },
  } as never
}

export function heldOf(text: string) {
  const access = { granted: true, rule: text, only: [text], never: [text] }
  return {
    use: { server: text, kind: 'tool', name: text },
    exposed: `${text}x`,
    idle: 1,
    unlocked: true,
    disabled: true,
    places: { [text]: text },
    holders: [{ principal: { kind: 'token', name: text }, access }],
    tokens: { [text]: { subject: text } },
  } as never
}

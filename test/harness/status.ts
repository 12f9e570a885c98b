// A status as the admin listener tells it, with something of everything.

import type { Status } from '../../src/contract/status.ts'

const BEGAN = '2026-11-22T18:00:00.000Z'
const FAILED = '2026-11-22T18:30:00.000Z'

export const UP: Status = {
  version: '0.1.0',
  pid: 42,
  startedAt: BEGAN,
  url: 'http://127.0.0.1:4600/mcp',
  ready: true,
  table: { digest: 'ab'.repeat(32), since: BEGAN, revision: 'cd'.repeat(20) },
  rejected: null,
  reloads: {
    accepted: 1,
    rejected: 0,
    last: {
      at: BEGAN,
      verdict: 'accepted',
      findings: [],
      atNextStart: ['key'],
    },
  },
  servers: [
    {
      name: 'files',
      title: 'files',
      type: 'stdio',
      state: 'up',
      reason: null,
      problems: ['tools/list: it took too long'],
      since: BEGAN,
      tools: 14,
      prompts: 0,
      resources: 0,
      sessions: 1,
      inFlight: 0,
      queued: 0,
      reconnects: 2,
      strays: 3,
      signIn: 'client gw of https://id.example.com: its token has no known end',
      exit: null,
      accounts: [],
      withheld: 0,
      listed: true,
    },
  ],
  sessions: 1,
  streams: 0,
  calls: { admitted: 7, refused: 1, inFlight: 0 },
  login: null,
  tokens: { good: 15, expiring: 2, early: 0, expired: 0, revoked: 1 },
  callers: [
    {
      token: 'a'.repeat(12),
      subject: 'ann\u001b[2J',
      team: null,
      server: 'files',
      tool: 'read_file',
      calls: 7,
      refused: 1,
    },
  ],
  certificate: {
    file: 'tls/cert.pem',
    names: 'DNS:gateway.example.com',
    expires: '2026-12-01T00:00:00.000Z',
    warning: 'expires at 2026-12-01T00:00:00.000Z, in 8 days',
    clients: { expires: '2027-12-01T00:00:00.000Z', warning: null },
    problem: null,
  },
  limits: [
    { limit: 'each', bucket: 'token x', used: 9, of: 10, refillMs: 54_000 },
    { limit: 'at-once', bucket: 'all', used: 4, of: 4, refillMs: 0 },
  ],
  audit: {
    file: 'audit/gateway.jsonl',
    records: 15,
    problem: null,
    failures: 1,
    lastFailure: { at: FAILED, reason: 'ENOSPC: no space left on device' },
    seq: 123,
    checkpoint: null,
    lagMs: 0.4,
  },
  traces: {
    exported: 12,
    dropped: 3,
    queued: 1,
    failures: 2,
    problem: 'ECONNREFUSED',
  },
}

import { http } from 'portcullis'

const knot: Record<string, unknown> = {}
knot.inside = knot

export default {
  servers: {
    github: http({ url: 'https://example.com/mcp' }),
    files: { type: 'stdio', command: 'files-mcp', args: () => ['/srv'] },
  },
  roles: new Map(),
  teams: Promise.resolve({}),
  drain: Number.NaN,
  caps: { depth: 64n, streams: Number.POSITIVE_INFINITY },
  audit: {
    get file() {
      return 'audit.jsonl'
    },
  },
  tests: knot,
  key: Symbol('key'),
  limits: undefined,
  admin: { token: new Date(0) },
}

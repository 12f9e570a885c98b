import { defineGateway, http, stdio } from 'portcullis'

export default defineGateway({
  listen: { port: 70_000, path: 'mcp' },
  servers: {
    github: http({
      url: 'https://example.com/mcp',
      timeout: '5 min',
      isolation: 'sesion',
      headers: { authorization: { bearer: 'GITHUB_TOKEN' } },
    }),
    GitLab: http({ url: 'https://example.org/mcp' }),
    ghost: { type: 'htp', url: 'https://example.net/mcp' },
    bare: { command: 'files-mcp' },
    both: http({ command: 'files-mcp', url: 'https://example.net/mcp' }),
  },
  limits: {
    half: { on: { github: ['*'] }, calls: 60, each: 'tokn' },
    nothing: { on: { github: ['*'] } },
    wrong: { on: { github: ['*'] }, calls: 0, per: 'minut' },
  },
  tokens: {
    grants: {
      short: {
        subject: 'ann',
        sha256: 'abc',
        created: '2026-02-30',
        expires: 'tomorrow',
      },
      abcdefghijkl: {
        subject: 'ann',
        sha256: 'abc',
        created: '2026-02-30',
        expires: 'tomorrow',
      },
    },
  },
  caps: { request: '4 megabytes', message: '16MiB' },
})

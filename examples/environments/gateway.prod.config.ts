// Production: `gateway serve --config gateway.prod.config.ts`.
import { bearer, defineGateway, http, secret } from 'portcullis'
import { base } from './base.ts'

export default defineGateway({
  ...base,
  listen: { port: 8600, path: '/mcp', origins: ['https://chat.example.com'] },
  admin: { port: 8601, token: secret('file:/run/secrets/admin-token') },
  key: '/run/secrets/gateway.key',
  servers: {
    ...base.servers,
    github: http({
      url: 'https://github.example.com/mcp',
      headers: { authorization: bearer('file:/run/secrets/github-token') },
      tls: { ca: '/etc/ssl/acme-ca.pem' },
      timeout: '2m',
      idleTimeout: '30s',
      concurrency: 64,
      queue: 256,
    }),
  },
  limits: {
    ...base.limits,
    'writes-together': { on: { github: ['create_*'] }, concurrent: 4 },
  },
  tokens: { file: 'gateway.prod.tokens.toml', maxAge: '30d' },
  audit: { file: '/var/log/gateway/audit.jsonl', arguments: 'keys' },
  caps: { request: '1MiB', message: '8MiB', streams: 16, connections: 50_000 },
  drain: '60s',
})

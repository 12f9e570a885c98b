// The sections that name nothing else, and those that hardly do.
import { bearer, defineGateway, http, secret } from 'portcullis'

const servers = { github: http({ url: 'https://example.com/mcp' }) }

export const right = defineGateway({
  $schema: 'node_modules/portcullis/schema/gateway.schema.json',
  listen: {
    host: '0.0.0.0',
    port: 0,
    path: '/mcp',
    hosts: ['mcp.example.com'],
    origins: ['https://example.com'],
    publicUrl: 'https://mcp.example.com',
    tls: { cert: 'cert.pem', key: 'key.pem', clientCa: 'clients.pem' },
    behindProxy: ['10.0.0.0/8'],
  },
  admin: { host: '127.0.0.1', port: 0, token: secret('env:ADMIN_TOKEN') },
  state: '/var/lib/gateway',
  key: 'gateway.key',
  revoked: '/run/gateway.revoked',
  servers,
  audit: {
    file: 'audit/gateway.jsonl',
    arguments: 'values',
    onFailure: 'allow',
    fsync: true,
    keep: { age: '30d', size: '1GB' },
    rotate: { size: 1_000_000, every: '1h' },
    tools: { github: { create_issue: { select: ['/a'], redact: ['/b'] } } },
  },
  caps: {
    request: '1MiB',
    message: 1024,
    depth: 8,
    streams: 1,
    connections: 10,
  },
  drain: '10s',
  lints: { GW4001: 'off', GW4002: 'error', GW4003: 'warn' },
  telemetry: {
    otlp: {
      url: 'https://example.com',
      headers: { a: bearer({ exec: ['op'] }) },
    },
  },
})

//! TS2741 Property 'servers' is missing
export const empty = defineGateway({})

export const section = defineGateway({
  servers,
  //! TS2561 Did you mean to write 'limits'?
  limit: {},
})

export const wrong = defineGateway({
  servers,
  listen: {
    //! TS2322 Type 'string' is not assignable to type 'number'
    port: '4600',
    //! TS2322 Type 'string' is not assignable to type 'readonly string[]'
    hosts: 'mcp.example.com',
    //! TS2741 Property 'key' is missing
    tls: { cert: 'cert.pem' },
  },
  admin: {
    //! TS2322 Type 'string' is not assignable to type
    token: 'env:ADMIN_TOKEN',
  },
  //! TS2322 Type 'object' is not assignable to type 'string'
  key: servers as object,
  audit: {
    //! TS2820 Did you mean '"digest"'?
    arguments: 'digst',
    //! TS2322 Type '"stop"' is not assignable to type '"allow" | "refuse"
    onFailure: 'stop',
    //! TS2322 Type 'string' is not assignable to type 'boolean
    fsync: 'yes',
    //! TS2322 Type '"1 gig"' is not assignable to type 'Size
    keep: { size: '1 gig' },
    //! TS2561 Did you mean to write 'every'?
    rotate: { evry: '1d' },
    tools: {
      //! TS2561 Did you mean to write 'github'?
      githb: {},
    },
  },
  caps: {
    //! TS2322 Type '"4M"' is not assignable to type
    request: '4M',
  },
  //! TS2322 Type '"half a minute"' is not assignable to type
  drain: 'half a minute',
  lints: {
    //! TS2322 Type '"wran"' is not assignable to type
    GW4001: 'wran',
  },
  telemetry: {
    //! TS2741 Property 'url' is missing
    otlp: {},
  },
})

// In one object, a wrong value hides a key too many; so these stand apart.
export const keys = defineGateway({
  servers,
  //! TS2561 Did you mean to write 'origins'?
  listen: { origin: ['https://example.com'] },
  //! TS2561 Did you mean to write 'token'?
  admin: { tokn: secret('env:ADMIN_TOKEN') },
  //! TS2561 Did you mean to write 'arguments'?
  audit: { argument: 'keys' },
  //! TS2561 Did you mean to write 'connections'?
  caps: { conections: 3 },
  //! TS2561 Did you mean to write 'GW4001'?
  lints: { GW2001: 'off' },
  //! TS2561 Did you mean to write 'maxAge'?
  tokens: { maxage: '90d' },
})

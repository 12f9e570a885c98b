import { defineGateway, http } from 'portcullis'

export default defineGateway({
  listen: { port: 0 },
  admin: { port: 0 },
  servers: {
    empty: http({ url: 'https://127.0.0.1:9/mcp', tls: { ca: 'empty.pem' } }),
    missing: http({ url: 'https://127.0.0.1:9/mcp', tls: { ca: 'missing.pem' } }),
    old: http({ url: 'https://127.0.0.1:9/mcp', tls: { ca: 'old.pem' } }),
  },
  roles: { reader: { allow: { empty: ['a'], missing: ['b'], old: ['c'] } } },
  teams: { all: { roles: ['reader'] } },
})

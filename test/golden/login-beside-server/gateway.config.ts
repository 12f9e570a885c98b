import { defineGateway, http, secret } from 'portcullis'

export default defineGateway({
  servers: { a: http({ url: 'https://example.com/mcp' }) },
  roles: { reader: { allow: { a: ['*'] } } },
  teams: { platform: { roles: ['reader'] } },
  login: {
    issuer: 'https://accounts.google.com',
    audience: 'gateway',
    clients: ['claude'],
    teams: { claim: 'groups', map: { everyone: 'platform' } },
    server: { client: { id: 'gw', secret: secret('env:GW_SECRET') } },
    introspection: {
      client: { id: 'gw', secret: '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' as never },
    },
  },
})

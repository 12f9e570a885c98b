import { defineGateway, http } from 'portcullis'

export default defineGateway({
  listen: { path: '/mcp' },
  servers: { a: http({ url: 'https://example.com/mcp' }) },
  roles: { reader: { allow: { a: ['*'] } } },
  teams: { platform: { roles: ['reader'] } },
  login: {
    issuer: 'http://id.example.com',
    path: '/mcp/',
    jwks: 'https://user:pass@id.example.com/keys',
    introspection: {
      endpoint: 'ftp://id.example.com',
      client: { id: 'gw', secret: { secret: 'env:GW_SECRET' } },
    },
    teams: { claim: 'groups', map: { everyone: 'platfrom' } },
  },
})

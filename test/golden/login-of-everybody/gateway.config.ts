import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: { a: http({ url: 'https://example.com/mcp' }) },
  roles: { reader: { allow: { a: ['*'] } } },
  teams: { platform: { roles: ['reader'] } },
  login: {
    issuer: 'https://login.microsoftonline.com/organizations/v2.0',
    path: '/connect/mcp',
    teams: { claim: 'groups', map: { everyone: 'platform' } },
  },
})

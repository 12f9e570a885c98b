import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: { a: http({ url: 'https://example.com/mcp' }) },
  roles: { reader: { allow: { a: ['*'] } } },
  teams: { platform: { roles: ['reader'] } },
  login: {
    issuer: 'https://id.example.com',
    teams: { claim: 'groups', map: { admins: 'platform', '1042': 'platform' } },
  },
})

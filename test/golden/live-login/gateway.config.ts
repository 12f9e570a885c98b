import { defineGateway } from 'portcullis'

export default defineGateway({
  listen: { port: 0 },
  admin: { port: 0 },
  servers: {},
  teams: { platform: { roles: [] } },
  login: {
    issuer: 'http://127.0.0.1:9',
    teams: { claim: 'groups', map: { 'mcp-platform': 'platform' } },
  },
})

import { defineGateway, http, oauth, secret } from 'portcullis'

const url = 'https://mcp.example.com/mcp'
const client = { id: 'gw', secret: secret('env:CLIENT_SECRET') }
const issuer = 'https://id.example.com'

export default defineGateway({
  servers: {
    good: http({ url, auth: oauth({ as: 'person', client, issuer }) }),
    alone: http({
      url,
      auth: oauth({ as: 'person', via: 'login', client, issuer }),
    }),
    shared: http({
      url,
      auth: oauth({ as: 'gateway', via: 'login', client, issuer }),
    }),
    unknown: http({ url, auth: oauth({ as: 'person', via: 'login' }) }),
    unproven: http({
      url,
      auth: oauth({
        as: 'person',
        via: 'login',
        client: { id: 'gw' },
        parameters: { prompt: 'consent' },
        tokenIn: 'authed_user',
      }),
    }),
  },
})

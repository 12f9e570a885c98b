import { clientCredentials, defineGateway, http, oauth, secret } from 'portcullis'

const url = 'https://notion.example.com/mcp'

export default defineGateway({
  servers: {
    text: http({ url, auth: 'oauth' }),
    untyped: http({ url, auth: { as: 'person' } }),
    nobody: http({ url, auth: oauth({}) }),
    user: http({ url, auth: oauth({ as: 'user' }) }),
    scope: http({ url, auth: oauth({ as: 'person', scope: ['read'] }) }),
    flat: http({
      url,
      auth: oauth({
        as: 'person',
        client_id: 'A0123',
        redirect_uri: 'https://gw.example.com/callback',
      }),
    }),
    'flat-too': http({ url, auth: clientCredentials({ clientId: 'A0123' }) }),
    whose: http({ url, auth: oauth({ identity: 'person' }) }),
    nameless: http({ url, auth: oauth({ as: 'person', client: {} }) }),
    two: http({
      url,
      auth: oauth({
        as: 'gateway',
        client: {
          id: 'gw',
          secret: secret('env:SECRET'),
          key: secret('file:gw.jwk'),
        },
      }),
    }),
    written: http({
      url,
      auth: oauth({ as: 'gateway', client: { id: 'gw', secret: 'env:SECRET' } }),
    }),
    'nobody-there': http({
      url,
      auth: clientCredentials({
        as: 'person',
        client: { id: 'gw', key: secret('file:gw.jwk') },
      }),
    }),
    path: http({
      url,
      auth: oauth({ as: 'person', tokenIn: 'authed_user.access_token' }),
    }),
  },
})

import { clientCredentials, defineGateway, http, secret } from 'portcullis'

const url = 'https://ledger.example.com/mcp'
const issuer = 'https://id.example.com'

export default defineGateway({
  servers: {
    neither: http({
      url,
      auth: clientCredentials({ issuer, client: { id: 'gw' } }),
    }),
    both: http({
      url,
      auth: clientCredentials({
        issuer,
        client: {
          id: 'gw',
          secret: secret('env:LEDGER_SECRET'),
          key: secret('file:gw.jwk'),
        },
      }),
    }),
    written: http({
      url,
      auth: clientCredentials({
        issuer,
        client: { id: 'gw', secret: 'env:LEDGER_SECRET' },
      }),
    }),
    anywhere: http({
      url,
      auth: clientCredentials({
        client: { id: 'gw', secret: secret('env:LEDGER_SECRET') },
      }),
    }),
    misspelt: http({
      url,
      auth: clientCredentials({
        issuer,
        client: { id: 'gw', key: secret('file:gw.jwk') },
        scope: ['read'],
      }),
    }),
  },
})

import { bearer, clientCredentials, defineGateway, http, secret } from 'portcullis'

export default defineGateway({
  servers: {
    ledger: http({
      url: 'https://ledger.example.com/mcp',
      headers: { Authorization: bearer('env:LEDGER_TOKEN') },
      auth: clientCredentials({
        issuer: 'https://id.example.com',
        client: { id: 'gw', secret: secret('env:LEDGER_SECRET') },
      }),
    }),
  },
})

import { clientCredentials, defineGateway, http, secret } from 'portcullis'

const client = { id: 'gw', key: secret('file:gw.jwk') }

export default defineGateway({
  servers: {
    plain: http({
      url: 'https://ledger.example.com/mcp',
      auth: clientCredentials({ issuer: 'http://id.example.com', client }),
    }),
    here: http({
      url: 'https://ledger.example.com/mcp',
      auth: clientCredentials({ issuer: 'http://localhost:8080', client }),
    }),
    query: http({
      url: 'https://ledger.example.com/mcp',
      auth: clientCredentials({ issuer: 'https://id.example.com?x=1', client }),
    }),
    word: http({
      url: 'https://ledger.example.com/mcp',
      auth: clientCredentials({ issuer: 'id.example.com', client }),
    }),
    endpoint: http({
      url: 'https://ledger.example.com/mcp',
      auth: clientCredentials({
        tokenEndpoint: 'https://id.example.com/token',
        client,
      }),
    }),
    resource: http({
      url: 'https://ledger.example.com/mcp',
      auth: clientCredentials({ resource: 'ledger#x', client }),
    }),
    parameter: http({
      url: 'https://ledger.example.com/mcp',
      auth: clientCredentials({ parameters: { scope: 'read' }, client }),
    }),
    scope: http({
      url: 'https://ledger.example.com/mcp',
      auth: clientCredentials({ scopes: ['read write'], client }),
    }),
  },
})

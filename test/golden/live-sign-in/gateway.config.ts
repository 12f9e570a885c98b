import { defineGateway, http, oauth } from 'portcullis'

export default defineGateway({
  listen: { port: 0, publicUrl: 'https://gateway.example.com' },
  admin: { port: 0 },
  servers: {
    chat: http({
      url: 'http://127.0.0.1:9/mcp',
      auth: oauth({
        as: 'gateway',
        issuer: 'http://127.0.0.1:9',
        authorizationEndpoint: 'http://127.0.0.1:9/authorize',
        tokenEndpoint: 'http://127.0.0.1:9/token',
        scopes: ['read'],
      }),
    }),
  },
})

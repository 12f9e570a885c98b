import { defineGateway, http, oauth } from 'portcullis'

export default defineGateway({
  listen: { port: 0 },
  servers: {
    linear: http({
      url: 'https://linear.example/mcp',
      auth: oauth({ as: 'gateway' }),
    }),
  },
})

import { defineGateway, http, oauth } from 'portcullis'

export default defineGateway({
  listen: {
    host: '0.0.0.0',
    hosts: ['localhost', 'gateway.example.com:8443'],
    behindProxy: ['10.0.0.0/8'],
  },
  servers: {
    files: http({ url: 'https://files.example.com/mcp' }),
    notion: http({
      url: 'https://notion.example.com/mcp',
      auth: oauth({ as: 'gateway' }),
    }),
  },
})

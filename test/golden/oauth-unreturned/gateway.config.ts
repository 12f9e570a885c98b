import { defineGateway, http, oauth } from 'portcullis'

export default defineGateway({
  listen: {
    hosts: ['localhost', 'gateway.example.com:8443'],
  },
  servers: {
    files: http({ url: 'https://files.example.com/mcp' }),
    notion: http({
      url: 'https://notion.example.com/mcp',
      auth: oauth({ as: 'gateway' }),
    }),
  },
})

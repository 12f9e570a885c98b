import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: {
    github: http({
      url: 'https://example.com/mcp',
      headers: {
        host: 'api.example.com',
        'Content-Length': '0',
        connection: 'close',
        'mcp-session-id': 'abc',
      },
    }),
  },
})

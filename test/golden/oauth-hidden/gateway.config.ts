import { defineGateway, http, oauth } from 'portcullis'

export default defineGateway({
  listen: { path: '/connect/notion' },
  servers: {
    files: http({ url: 'https://files.example.com/mcp' }),
    notion: http({
      url: 'https://notion.example.com/mcp',
      auth: oauth({ as: 'person' }),
    }),
  },
})

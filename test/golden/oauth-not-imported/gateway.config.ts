import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: {
    notion: http({
      url: 'https://notion.example.com/mcp',
      auth: oauth({ as: 'person' }),
    }),
  },
})

import { defineGateway, http, oauth } from 'portcullis'

export default defineGateway({
  servers: {
    notion: http({
      url: 'https://notion.example/mcp',
      auth: oauth({ as: 'person' }),
    }),
    paused: http({
      url: 'https://paused.example/mcp',
      auth: oauth({ as: 'person' }),
      disabled: true,
    }),
    linear: http({
      url: 'https://linear.example/mcp',
      auth: oauth({ as: 'gateway' }),
    }),
  },
})

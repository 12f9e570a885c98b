import { defineGateway, http, oauth } from 'portcullis'

const url = 'https://notion.example.com/mcp'

export default defineGateway({
  servers: {
    person: http({
      url,
      auth: oauth({ as: 'person' }),
      isolation: 'shared',
    }),
    gateway: http({
      url,
      auth: oauth({ as: 'gateway' }),
      isolation: 'shared',
    }),
  },
})

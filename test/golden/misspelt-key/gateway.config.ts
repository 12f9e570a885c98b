import { defineGateway, http, stdio } from 'portcullis'

export default defineGateway({
  lisen: { port: 4600 },
  servers: {
    github: http({ ulr: 'https://example.com/mcp' }),
  },
  roles: {
    reader: { alow: { github: ['get_*'] } },
  },
})

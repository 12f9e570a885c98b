import { defineGateway, http } from 'portcullis'

export default defineGateway({
  listen: { port: 4601 },
  servers: { github: http({ url: 'https://example.com/mcp' }) },
})

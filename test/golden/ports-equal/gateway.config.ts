import { defineGateway, http } from 'portcullis'

export default defineGateway({
  listen: { port: 8080 },
  admin: { port: 8080 },
  servers: { github: http({ url: 'https://example.com/mcp' }) },
})

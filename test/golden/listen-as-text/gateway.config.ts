import { defineGateway, http } from 'portcullis'

export default defineGateway({
  listen: '127.0.0.1:4600',
  admin: 4601,
  servers: { github: http({ url: 'https://example.com/mcp' }) },
})

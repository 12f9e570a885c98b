import { defineGateway, http } from 'portcullis'

export default defineGateway({
  listen: { host: '127.0.0.1:4600', path: 'mcp' },
  admin: { host: 'http://localhost' },
  servers: { github: http({ url: 'https://example.com/mcp' }) },
})

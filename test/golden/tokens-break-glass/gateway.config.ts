import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: { github: http({ url: 'https://example.com/mcp' }) },
  roles: { admin: { allow: { github: ['*'] } } },
  tokens: { maxAge: '30d' },
})

import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: { github: http({ url: 'https://example.com/mcp' }) },
  limits: { each: { on: { github: ['*'] }, calls: 60, each: 'token' } },
})

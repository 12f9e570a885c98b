import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: { github: http({ url: 'https://example.com/mcp' }) },
  limits: { each: { on: { github: ['*'] }, per: 'minute', each: 'token' } },
})

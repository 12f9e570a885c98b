import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: { github: http({ url: 'https://example.com/mcp' }) },
  limits: {
    bare: { on: { github: ['*'] }, each: 'token' },
    bursts: { on: { github: ['*'] }, burst: 10 },
  },
})

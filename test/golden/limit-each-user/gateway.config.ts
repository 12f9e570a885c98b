import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: { github: http({ url: 'https://example.com/mcp' }) },
  limits: {
    busy: { on: { github: ['*'] }, calls: 60, per: 'minute', each: 'user' },
    hosts: { on: { github: ['*'] }, concurrent: 2, each: ['token', 'ip'] },
  },
})

import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: { github: http({ url: 'https://example.com/mcp' }) },
  roles: {
    reader: {
      allow: { github: [{ tool: 'list', when: { count: { max: '100' } } }] },
    },
  },
  limits: { slow: { on: { github: ['*'] }, calls: '60', per: 'minute' } },
})

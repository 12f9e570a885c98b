import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: { github: http({ url: 'https://example.com/mcp' }) },
  roles: { reader: {} },
  tests: {
    'nobody writes': { deny: { github: ['x'] } },
    'readers exist': { role: 'reader' },
  },
})

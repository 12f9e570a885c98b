import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: { github: http({ url: 'https://example.com/mcp' }) },
  tests: {
    'ann never deletes': { token: 'abcdefghijkl', deny: { github: ['x'] } },
    'ben never deletes': { token: 'Ben', deny: { github: ['x'] } },
  },
})

import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: { github: http({ url: 'https://x.example/mcp' }) },
  roles: {
    reader: {
      allow: { github: ['get_*', 'list_*', '*_file', { prompt: '*' }] },
    },
  },
  teams: { all: { roles: ['reader'] } },
  tests: { reads: { role: 'reader', allow: { github: ['get_*'] } } },
})

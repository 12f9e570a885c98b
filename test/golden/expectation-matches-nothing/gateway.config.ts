import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: {
    github: http({ url: 'https://x.example/mcp' }),
  },
  roles: { reader: { allow: { github: ['get_*', 'list_*'] } } },
  teams: { all: { roles: ['reader'] } },
  tests: {
    'readers never delete': { role: 'reader', deny: { github: ['delete_*'] } },
    'readers read': { role: 'reader', allow: { github: ['get_*', '*_issue*'] } },
    'readers only get': { team: 'all', deny: { github: ['list_*', 'merge_*'] } },
  },
})

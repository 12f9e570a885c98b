import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: { github: http({ url: 'https://x.example/mcp' }) },
  roles: { reader: { allow: { github: ['get_*'] } }, writer: {} },
  teams: { docs: { roles: ['reader'] }, all: { roles: ['reader', 'writer'] } },
  tests: {
    'readers never delete': { role: 'reader', deny: { github: ['delete'] } },
    'docs never delete': { team: 'docs', deny: { github: ['push', 'delete'] } },
    // Other roles, another side, other arguments.
    'nobody deletes': { team: 'all', deny: { github: ['delete'] } },
    'readers get': { role: 'reader', allow: { github: ['get_issue'] } },
    'readers get one': {
      role: 'reader',
      allow: { github: ['get_issue'] },
      args: { id: 1 },
    },
  },
})

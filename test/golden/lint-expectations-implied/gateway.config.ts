import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: { github: http({ url: 'https://x.example/mcp' }) },
  roles: { reader: { allow: { github: ['get_*'] } } },
  teams: { docs: { roles: ['reader'] } },
  tests: {
    // Said by the next.
    'readers get issues': { role: 'reader', allow: { github: ['get_issue'] } },
    'readers get': { role: 'reader', allow: { github: ['get_*'] } },
    'readers write nothing': {
      role: 'reader',
      deny: { github: ['put_*', 'put_file'] },
    },
    // Other arguments.
    'readers get one': {
      role: 'reader',
      allow: { github: ['get_file'] },
      args: { id: 1 },
    },
  },
})

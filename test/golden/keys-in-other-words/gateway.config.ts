import { defineGateway, http, stdio } from 'portcullis'

export default defineGateway({
  servers: {
    github: http({ endpoint: 'https://example.com/mcp' }),
    files: stdio({ cmd: 'files-mcp', environment: {} }),
  },
  roles: { reader: { permissions: { github: ['get_*'] } } },
  teams: { docs: { roles: ['reader'], members: ['ann'] } },
  tokens: { ttl: '30d' },
  users: {},
})

import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: { github: http({ url: 'https://example.com/mcp' }) },
  roles: ['reader'],
  teams: { docs: { roles: ['reader'] } },
})

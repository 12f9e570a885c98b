import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: { github: http({ url: 'https://x.example/mcp' }) },
  roles: { reader: { allow: { github: ['get_*'] } } },
  teams: { docs: { roles: ['reader'] } },
  tokens: { maxAge: '180d' },
})

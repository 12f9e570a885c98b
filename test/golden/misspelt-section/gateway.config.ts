import { defineGateway, http } from 'portcullis'

export default defineGateway({
  serves: {
    github: http({ url: 'https://example.com/mcp' }),
  },
  rolse: {
    reader: { allow: { github: ['get_*'] } },
  },
  teams: { platform: { roles: ['reader'] } },
})

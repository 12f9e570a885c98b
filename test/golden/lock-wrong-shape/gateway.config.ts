import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: {
    github: http({ url: 'https://x.example/mcp' }),
  },
  roles: { reader: { allow: { github: ['get_issue', 'list_*'] } } },
  teams: { all: { roles: ['reader'] } },
})

import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: {
    github: http({ url: 'https://x.example/mcp' }),
  },
  roles: {
    reader: { allow: { github: ['github__get_issue', 'get_iss?e'] } },
  },
  teams: { all: { roles: ['reader'] } },
})

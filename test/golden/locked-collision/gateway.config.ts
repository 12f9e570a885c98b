import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: {
    github: http({ url: 'https://x.example/mcp', prefix: '' }),
    gitlab: http({ url: 'https://y.example/mcp', prefix: '' }),
  },
  roles: { reader: { allow: { github: ['get_issue'], gitlab: ['*'] } } },
  teams: { all: { roles: ['reader'] } },
})

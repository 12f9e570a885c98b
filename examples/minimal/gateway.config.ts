import { bearer, defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: {
    github: http({
      url: 'https://api.githubcopilot.com/mcp/',
      headers: { authorization: bearer('env:GITHUB_TOKEN') },
    }),
  },
  roles: { reader: { allow: { github: ['get_*', 'list_*', 'search_*'] } } },
})

import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: {
    github: http({
      url: 'https://example.com/mcp',
      headers: { authorization: bearer('env:GITHUB_TOKEN') },
    }),
  },
})

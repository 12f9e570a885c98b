import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: {
    github: http({
      url: `https://example.com/${process.env.TENANT}/mcp`,
      headers: { authorization: `Bearer ${process.env.GITHUB_TOKEN}` },
    }),
  },
})

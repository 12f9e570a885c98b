import { bearer, defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: {
    github: http({
      url: 'https://example.com/mcp',
      headers: { Authorization: bearer('env:A'), authorization: bearer('env:B') },
    }),
  },
})

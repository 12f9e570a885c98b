import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: {
    github: http({ url: 'https://example.com/mcp' })
    gitlab: http({ url: 'https://example.org/mcp' })
  },
})

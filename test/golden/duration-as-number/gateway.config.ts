import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: {
    github: http({ url: 'https://example.com/mcp', timeout: 30, idle: 60000 }),
  },
  drain: 0.5,
})

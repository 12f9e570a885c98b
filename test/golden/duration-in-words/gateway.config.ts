import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: {
    github: http({
      url: 'https://example.com/mcp',
      timeout: '5 minutes',
      idleTimeout: '1.5h',
      idle: '10',
    }),
  },
  tokens: { maxAge: '2 weeks' },
  drain: 'soon',
})

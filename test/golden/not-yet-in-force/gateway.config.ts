import { defineGateway, http } from 'portcullis'

export default defineGateway({
  listen: {
    behindProxy: ['10.0.0.0/8'],
  },
  servers: {
    github: http({ url: 'https://example.com/mcp' }),
  },
  lints: { GW4001: 'off' },
})

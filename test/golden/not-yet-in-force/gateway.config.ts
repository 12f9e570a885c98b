import { defineGateway, http, stdio } from 'portcullis'

export default defineGateway({
  servers: {
    github: http({
      url: 'https://example.com/mcp',
      tls: { ca: 'ca.pem' },
      breaker: { failures: 3 },
    }),
  },
  lints: { GW4001: 'off' },
})

import { defineGateway, http } from 'portcullis'

export default defineGateway({
  listen: {
    tls: { cert: 'gateway.pem', key: 'gateway-key.pem' },
  },
  servers: {
    github: http({ url: 'https://example.com/mcp' }),
  },
  lints: { GW4001: 'off' },
})

import { defineGateway, http } from 'portcullis'

export default defineGateway({
  listen: {
    publicUrl: 'http://localhost:4600',
    tls: { cert: 'tls/cert.pem', key: 'file:tls/key.pem', clientCa: '~/ca.pem' },
  },
  servers: { github: http({ url: 'https://example.com/mcp' }) },
  lints: { GW4001: 'off' },
})

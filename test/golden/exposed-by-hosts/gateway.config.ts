import { defineGateway, http } from 'portcullis'

export default defineGateway({
  listen: {
    host: '::',
    hosts: ['localhost', 'mcp.example.com:8443'],
    tls: { cert: 'tls/cert.pem', key: 'tls/key.pem' },
  },
  servers: { github: http({ url: 'https://example.com/mcp' }) },
  lints: { GW4001: 'off' },
})

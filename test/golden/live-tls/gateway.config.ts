import { defineGateway } from 'portcullis'

export default defineGateway({
  listen: {
    port: 0,
    publicUrl: 'https://gateway.example.com',
    tls: { cert: 'cert.pem', key: 'tls/key.pem' },
  },
  admin: { port: 0 },
  servers: {},
})

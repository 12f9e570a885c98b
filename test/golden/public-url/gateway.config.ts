import { defineGateway } from 'portcullis'

export default defineGateway({
  listen: {
    host: '0.0.0.0',
    publicUrl: 'http://gateway.example.com',
  },
  servers: {},
})

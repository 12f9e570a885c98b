import { defineGateway, http } from 'portcullis'

export default defineGateway({
  listen: {
    host: '10.0.0.5',
    publicUrl: 'https://gateway.example.com',
    behindProxy: ['10.0.0.1'],
  },
  servers: { github: http({ url: 'https://example.com/mcp' }) },
})

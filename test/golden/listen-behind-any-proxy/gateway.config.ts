import { defineGateway, http } from 'portcullis'

export default defineGateway({
  listen: {
    host: '10.0.0.5',
    publicUrl: 'https://gateway.example.com',
    behindProxy: true,
  },
  servers: { github: http({ url: 'https://example.com/mcp' }) },
})

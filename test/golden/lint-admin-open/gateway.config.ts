import { defineGateway, http } from 'portcullis'

export default defineGateway({
  admin: { host: '0.0.0.0', port: 4700 },
  servers: { wiki: http({ url: 'https://wiki.example/mcp' }) },
})

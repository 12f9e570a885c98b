import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: { wiki: http({ url: 'https://wiki.example/mcp' }) },
})

import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: {
    my-server: http({ url: 'https://example.com/mcp' }),
  },
})

import { defineGateway, http, stdio } from 'portcullis'

export default defineGateway({
  listen: { host: '0.0.0.0' },
  servers: {
    plain: http({ url: 'http://tools.example.com/mcp' }),
    local: http({ url: 'http://localhost:3000/mcp' }),
    strange: http({ url: 'ftp://example.com' }),
    words: http({ url: 'tools.example.com/mcp' }),
  },
})

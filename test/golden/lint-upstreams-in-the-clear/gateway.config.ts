import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: {
    wiki: http({ url: 'http://wiki.example:8080/mcp' }),
    lan: http({ url: 'http://192.0.2.7/mcp' }),
    safe: http({ url: 'https://wiki.example/mcp' }),
    here: http({ url: 'http://127.0.0.1:3000/mcp' }),
    six: http({ url: 'http://[::1]:3000/mcp' }),
    local: http({ url: 'http://localhost:3000/mcp' }),
  },
  roles: {},
})

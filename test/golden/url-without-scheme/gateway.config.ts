import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: {
    github: http({ url: 'example.com/mcp' }),
    gitlab: http({ url: '/mcp' }),
    search: http({ url: 'localhost:3000/mcp' }),
  },
})

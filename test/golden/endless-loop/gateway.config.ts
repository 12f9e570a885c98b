import { defineGateway, http, stdio } from 'portcullis'

let n = 0
while (n >= 0) n = (n + 1) % 10

export default defineGateway({
  servers: {
    github: http({ url: 'https://example.com/mcp' }),
    files: stdio({ command: 'files-mcp' }),
  },
})

import { defineGateway, http, stdio } from 'portcullis'

await new Promise(() => {})

export default defineGateway({
  servers: {
    github: http({ url: 'https://example.com/mcp' }),
    files: stdio({ command: 'files-mcp' }),
  },
})

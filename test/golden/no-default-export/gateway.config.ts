import { defineGateway, http, stdio } from 'portcullis'

export const gateway = defineGateway({
  servers: {
    github: http({ url: 'https://example.com/mcp' }),
    files: stdio({ command: 'files-mcp' }),
  },
})

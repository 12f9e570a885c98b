import { defineGateway, http, stdio } from 'portcullis'

export default defineGateway({
  servers: {
    github: http({ url: 'https://example.com/mcp' }),
    files: stdio({ command: 'files-mcp' }),
  },
  roles: {
    reader: { allow: { github: ['get_*'] } },
    reader: { allow: { files: ['*'] } },
  },
})

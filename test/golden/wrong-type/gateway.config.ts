import { defineGateway, http, stdio } from 'portcullis'

export default defineGateway({
  listen: { port: '4600' },
  servers: {
    github: http({ url: 'https://example.com/mcp' }),
    files: stdio({ command: 'files-mcp' }),
    other: { type: 7, url: 'https://example.com/mcp' },
  },
  roles: {
    reader: { allow: { github: '*' } },
    engineer: { extends: 'reader', allow: { files: ['read', 7, 'write'] } },
  },
  caps: { depth: 0.5 },
})

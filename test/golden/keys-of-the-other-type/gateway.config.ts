import { defineGateway, http, stdio } from 'portcullis'

export default defineGateway({
  servers: {
    github: http({ url: 'https://example.com/mcp', args: ['-y'], cwd: '.' }),
    files: stdio({ command: 'files-mcp', headers: { 'x-a': 'b' } }),
  },
})

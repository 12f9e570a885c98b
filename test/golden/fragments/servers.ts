import { defineServers, http, stdio } from 'portcullis'

const remote = { timeout: '30 s', queue: 8 }

export const servers = defineServers({
  github: http({ url: 'https://example.com/mcp', ...remote }),
  files: stdio({ command: 'files-mcp', args: ['/srv'] }),
})

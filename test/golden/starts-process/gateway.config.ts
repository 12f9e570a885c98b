import { defineGateway, http, stdio } from 'portcullis'

import { execSync } from 'node:child_process'

export default defineGateway({
  servers: {
    github: http({ url: 'https://example.com/mcp' }),
    files: stdio({ command: 'files-mcp' }),
  },
  key: execSync('echo gateway.key').toString(),
})

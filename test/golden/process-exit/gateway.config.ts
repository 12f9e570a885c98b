import { defineGateway, http, stdio } from 'portcullis'

function stop(): never {
  process.exit(0)
}

export default defineGateway({
  servers: {
    github: http({ url: 'https://example.com/mcp' }),
    files: stdio({ command: 'files-mcp' }),
  },
  drain: stop(),
})

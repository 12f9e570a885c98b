import { defineGateway, stdio } from 'portcullis'

export default defineGateway({
  servers: {
    files: stdio({ command: 'files-mcp', args: ['--port', 8080], env: { PORT: 8080 } }),
  },
})

import { defineGateway, stdio } from 'portcullis'

export default defineGateway({
  servers: {
    files: stdio({ command: 'files-mcp', env: ['MODE=ro'] }),
  },
})

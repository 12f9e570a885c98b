import { defineGateway, stdio } from 'portcullis'

export default defineGateway({
  servers: { 'my-files': stdio({ command: 'files-mcp' }) },
  roles: { reader: { 'my-files': ['read_*'] } },
  teams: { all: { roles: ['reader'] } },
})

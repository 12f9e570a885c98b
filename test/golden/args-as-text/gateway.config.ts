import { defineGateway, stdio } from 'portcullis'

export default defineGateway({
  servers: {
    files: stdio({ command: 'npx', args: '-y files-mcp@1.2.3' }),
  },
})

import { defineGateway, stdio } from 'portcullis'

export default defineGateway({
  servers: { files: stdio({ command: ['npx', '-y', 'files-mcp'] }) },
  roles: {
    reader: { allow: { files: [{ tool: ['read', 'list'] }, ['stat', 'find']] } },
  },
})

import { defineGateway, stdio } from 'portcullis'

export default defineGateway({
  servers: { files: stdio({ command: 'files-mcp' }) },
  roles: {
    reader: {
      allow: {
        files: [
          { resource: 'file:///srv/docs/../*' },
          { resource: 'file:///srv/%2E%2e/*' },
          { resource: 'file:///srv/..docs/*' },
        ],
      },
      deny: { files: [{ resource: 'file:///srv/./secret/*' }] },
    },
  },
})

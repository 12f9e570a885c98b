import { defineGateway, stdio } from 'portcullis'

export default defineGateway({
  key: '~/gateway.key',
  servers: {
    files: stdio({ command: '~/bin/files-mcp', args: ['~/docs'], cwd: '~' }),
  },
  audit: { file: 'env:AUDIT_FILE' },
})

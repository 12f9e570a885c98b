import { defineGateway, stdio } from 'portcullis'

export default defineGateway({
  servers: {
    here: stdio({
      command: 'npx',
      args: ['-y', '@modelcontextprotocol/server-filesystem@2026.8.31', '.'],
    }),
    above: stdio({ command: 'mcp-server-filesystem', args: ['docs', '../..'] }),
    all: stdio({ command: 'mcp-server-filesystem', args: ['/'] }),
    docs: stdio({ command: 'mcp-server-filesystem', args: ['docs', './notes'] }),
    // Another folder, and another kind of server.
    elsewhere: stdio({ command: 'mcp-server-filesystem', args: ['.'], cwd: 'docs' }),
    builder: stdio({ command: 'make-mcp', args: ['.'] }),
  },
  roles: {},
})

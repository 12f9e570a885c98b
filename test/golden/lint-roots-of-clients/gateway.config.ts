import { defineGateway, http, stdio } from 'portcullis'

export default defineGateway({
  servers: {
    files: stdio({
      command: 'files-mcp',
      args: ['docs'],
      requests: ['elicitation', 'roots'],
    }),
    notes: stdio({ command: 'notes-mcp', requests: ['sampling'] }),
    // No process of this host.
    remote: http({ url: 'https://x.example/mcp', requests: ['roots'] }),
  },
  roles: {},
})

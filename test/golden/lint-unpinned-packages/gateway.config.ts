import { defineGateway, stdio } from 'portcullis'

export default defineGateway({
  servers: {
    plain: stdio({ command: 'npx', args: ['-y', 'notes-mcp'] }),
    tag: stdio({ command: 'npx', args: ['notes-mcp@latest'] }),
    range: stdio({ command: 'npx', args: ['--yes', '@acme/notes@^1.2.3'] }),
    flag: stdio({ command: 'npx', args: ['-p', 'notes-mcp', 'notes', 'x'] }),
    dlx: stdio({ command: 'pnpm', args: ['dlx', 'notes-mcp'] }),
    exec: stdio({ command: 'npm', args: ['exec', '--', 'notes-mcp'] }),
    python: stdio({ command: 'uvx', args: ['--from', 'notes>=1', 'notes'] }),
    // Exact, or not fetched at all.
    exact: stdio({ command: 'npx', args: ['-y', '@acme/notes@1.2.3'] }),
    commit: stdio({
      command: 'npx',
      args: ['github:acme/notes#0123456789abcdef0123456789abcdef01234567'],
    }),
    pythonic: stdio({ command: 'uvx', args: ['notes==1.2.3'] }),
    own: stdio({ command: 'npx', args: ['./tools/notes'] }),
    script: stdio({ command: 'npm', args: ['run', 'notes'] }),
    node: stdio({ command: 'node', args: ['notes.js'] }),
  },
  roles: {},
})

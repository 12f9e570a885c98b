// The config that `gateway init` writes.
// In: nothing. Out: a text that passes `gateway check`; test/cli/cli.ts checks
// that.

export const STARTER = `// This file is the whole gateway: who may call which tool of which server,
// how often, and what is recorded. \`gateway check\` checks it offline.
import { defineGateway, stdio } from 'portcullis'

export default defineGateway({
  // Upstream MCP servers. Remote ones are http({ url, headers }), and their
  // credentials are references: bearer('env:GITHUB_TOKEN'), never the value.
  servers: {
    files: stdio({
      command: 'npx',
      // A separate folder: this one contains the gateway's key and this file.
      args: ['-y', '@modelcontextprotocol/server-filesystem@2026.8.31', 'docs'],
    }),
  },

  // What no role allows is refused; deny wins over allow. In a pattern, *
  // stands for any number of characters; no other character is special.
  roles: {
    reader: {
      allow: { files: ['read_*', 'list_*', 'search_files', 'get_file_info'] },
    },
    editor: {
      extends: ['reader'],
      allow: { files: ['write_file', 'edit_file', 'create_directory'] },
    },
  },

  // A token without roles of its own has the roles of its team:
  // gateway token issue --subject you --team everyone
  teams: {
    everyone: { roles: ['reader'] },
    maintainers: { roles: ['editor'] },
  },

  limits: {
    'files-each': {
      on: { files: ['*'] },
      calls: 60,
      per: 'minute',
      each: 'token',
    },
  },

  // What must stay true after every change: else \`gateway check\` fails.
  tests: {
    'readers never write': {
      role: 'reader',
      allow: { files: ['read_text_file'] },
      deny: { files: ['write_file', 'move_file'] },
    },
  },
})
`

// The config that `gateway init` writes.
// In: nothing. Out: a text that `gateway check` finds fine, held to that by
// test/cli/cli.ts.

export const STARTER = `// This file is the whole gateway: who may call which tool of which server,
// how often, and what is recorded. \`gateway check\` judges it offline.
import { defineGateway, stdio } from 'portcullis'

export default defineGateway({
  // Upstream MCP servers. Remote ones are http({ url, headers }), and their
  // credentials are references: bearer('env:GITHUB_TOKEN'), never the value.
  servers: {
    files: stdio({
      command: 'npx',
      // A folder of its own: this one holds the gateway's key and this file.
      args: ['-y', '@modelcontextprotocol/server-filesystem@2026.8.31', 'docs'],
    }),
  },

  // What is not allowed here is refused; deny beats allow. In a pattern, *
  // stands for any run of characters and nothing else is special.
  roles: {
    reader: {
      allow: { files: ['read_*', 'list_*', 'search_files', 'get_file_info'] },
    },
    editor: {
      extends: ['reader'],
      allow: { files: ['write_file', 'edit_file', 'create_directory'] },
    },
  },

  // A token that names no role of its own has its team's:
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

  // Promises that hold on every change, or \`gateway check\` fails.
  tests: {
    'readers never write': {
      role: 'reader',
      allow: { files: ['read_text_file'] },
      deny: { files: ['write_file', 'move_file'] },
    },
  },
})
`

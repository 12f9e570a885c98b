import { defineGateway, http, stdio } from 'portcullis'

export default defineGateway({
  servers: {
    github: http({ url: 'https://example.com/mcp' }),
    files: stdio({ command: 'files-mcp' }),
  },
  roles: {
    reader: {
      allow: {
        github: [
          '!delete_*',
          'get_{issue,pull}',
          'list_?',
          { tool: 'read[ab]' },
          { resource: 'file:///srv/{docs}/*' },
          { resource: 'https://example.com/search?q=*' },
          { tool: 'merge', when: { branch: { glob: 'release/[0-9]*' } } },
        ],
        files: ['^read_.*$', 'read_*'],
      },
    },
  },
})

import { defineGateway, http, stdio } from 'portcullis'

export default defineGateway({
  servers: {
    github: http({ url: 'https://example.com/mcp', prefix: '' }),
    gitlab: http({
      url: 'https://example.org/mcp',
      prefix: '',
      rename: { find: 'get_issue' },
    }),
    files: stdio({ command: 'files-mcp', prefix: 'gitlab__' }),
  },
  roles: {
    reader: {
      allow: {
        github: ['search', 'get_issue'],
        gitlab: ['search'],
      },
    },
  },
})

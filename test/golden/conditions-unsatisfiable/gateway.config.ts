import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: { files: http({ url: 'https://files.example/mcp' }) },
  roles: {
    writer: {
      allow: {
        files: [
          { tool: 'read', when: { path: { glob: '../*' } } },
          { tool: 'read', when: { path: { glob: 'docs/./*' } } },
          { tool: 'read', when: { path: { glob: 'C:\\docs\\*' } } },
          { tool: 'read', when: { path: { glob: '.*rc' } } },
          { tool: 'read', when: { size: { equals: 2 ** 60 } } },
          { tool: 'read', when: { size: { in: [2 ** 60, 2 ** 61] } } },
          { tool: 'read', when: { size: { in: [2 ** 60, 7] } } },
          { tool: 'read', when: { size: { min: 2 ** 60 } } },
          { tool: 'read', when: { size: { max: 2 ** 60 } } },
        ],
      },
    },
  },
  teams: { all: { roles: ['writer'] } },
})

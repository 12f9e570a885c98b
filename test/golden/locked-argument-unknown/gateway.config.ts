import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: {
    github: http({ url: 'https://x.example/mcp' }),
  },
  roles: {
    reader: {
      allow: {
        github: [
          { tool: 'get_issue', when: { ownr: { equals: 'acme' } } },
          { tool: 'merge_*', when: { '/repo/nam': { glob: 'a*' } } },
          { tool: 'list_issues', when: { '/owner/x': { equals: 'acme' } } },
        ],
      },
    },
  },
  teams: { all: { roles: ['reader'] } },
})

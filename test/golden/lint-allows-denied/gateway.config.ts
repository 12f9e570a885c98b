import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: {
    github: http({ url: 'https://x.example/mcp' }),
    wiki: http({ url: 'https://y.example/mcp' }),
  },
  roles: {
    base: { deny: { wiki: ['delete_*'] } },
    writer: {
      extends: ['base'],
      allow: {
        // Of what is locked, everything is denied one by one.
        github: ['delete_*', 'get_issue'],
        wiki: [
          'delete_page',
          'delete_*_now',
          'd*',
        ],
      },
      deny: {
        github: ['delete_file', 'delete_tag'],
        // With a condition it takes nothing away whole.
        wiki: [{ tool: 'd*', when: { sure: { equals: false } } }],
      },
    },
  },
  teams: { all: { roles: ['writer'] } },
})

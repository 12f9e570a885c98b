import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: {
    github: http({ url: 'https://x.example/mcp' }),
    wiki: http({ url: 'https://y.example/mcp', prefix: '' }),
  },
  roles: {
    reader: {
      allow: {
        github: ['github__get_issue', 'github__list_*', 'get_file'],
        wiki: ['wiki__read'],
      },
      deny: { github: [{ prompt: 'github__triage' }] },
    },
  },
  teams: { docs: { roles: ['reader'] } },
})

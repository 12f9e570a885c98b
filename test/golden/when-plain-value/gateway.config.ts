import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: { github: http({ url: 'https://example.com/mcp' }) },
  roles: {
    reader: {
      allow: {
        github: [
          { tool: 'merge', when: { owner: 'acme' } },
          { tool: 'create', when: { owner: ['acme', 'other'], draft: true } },
        ],
      },
    },
  },
})

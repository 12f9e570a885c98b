import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: { github: http({ url: 'https://example.com/mcp' }) },
  roles: {
    reader: {
      allow: {
        github: [
          { tool: 'merge', when: { owner: { equals: 'acme', glob: 'a*' } } },
          { tool: 'create', when: { size: { max: 10, in: [1, 2] } } },
        ],
      },
    },
  },
})

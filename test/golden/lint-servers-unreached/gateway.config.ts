import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: {
    github: http({ url: 'https://x.example/mcp' }),
    wiki: http({ url: 'https://y.example/mcp' }),
    notes: http({ url: 'https://z.example/mcp' }),
  },
  roles: {
    reader: {
      allow: { github: ['get_*'], notes: [{ resource: 'note:*' }] },
      deny: { wiki: ['*'] },
    },
  },
  teams: { docs: { roles: ['reader'] } },
})

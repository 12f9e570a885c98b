import { defineGateway, http, stdio } from 'portcullis'

const created = new Date().toISOString()

export default defineGateway({
  servers: {
    github: http({ url: 'https://example.com/mcp' }),
    files: stdio({ command: 'files-mcp' }),
  },
  roles: { reader: { allow: { github: [Math.random() < 0.5 ? 'a' : 'b'] } } },
  tokens: {
    grants: {
      abcdefghijkl: {
        subject: 'ann',
        roles: ['reader'],
        sha256: '0'.repeat(64),
        created,
        expires: '2027-01-01',
      },
    },
  },
})

import { defineGateway, http, stdio } from 'portcullis'

export default defineGateway({
  servers: {
    github: http({ url: 'https://example.com/mcp' }),
    files: stdio({ command: 'files-mcp' }),
  },
  roles: { reader: { allow: { github: ['get_*'] } } },
  teams: { interns: { roles: ['reader'] } },
  tokens: {
    maxAge: '30d',
    grants: {
      twicetwice12: {
        subject: 'config',
        roles: ['reader'],
        sha256: '0'.repeat(64),
        created: '2026-11-01',
        expires: '2026-11-20',
      },
    },
  },
})

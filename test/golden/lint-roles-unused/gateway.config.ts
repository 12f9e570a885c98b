import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: { github: http({ url: 'https://x.example/mcp' }) },
  roles: {
    reader: { allow: { github: ['get_*'] } },
    // Nobody has it, but another role extends it.
    commenter: { allow: { github: ['add_comment'] } },
    author: { extends: ['reader', 'commenter'], allow: { github: ['edit'] } },
    auditor: { allow: { github: ['list_*'] } },
    nightly: { allow: { github: ['run'] } },
  },
  teams: { docs: { roles: ['author'] } },
  tokens: {
    grants: {
      aaaaaaaaaaaa: {
        subject: 'cron',
        sha256: '6161616161616161616161616161616161616161616161616161616161616161',
        roles: ['nightly'],
        created: '2026-11-01',
        expires: '2027-01-01',
      },
    },
  },
})

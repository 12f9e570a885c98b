import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: {
    github: http({ url: 'https://x.example/mcp' }),
    wiki: http({ url: 'https://y.example/mcp' }),
  },
  roles: {
    reader: {
      allow: {
        github: ['Get_*', 'get_*', { resource: 'repo:*' }, { prompt: 'tri*' }],
        // Not locked: nothing is known of it.
        wiki: ['nothing_*'],
      },
      deny: { github: ['remove_*'] },
    },
  },
  teams: { all: { roles: ['reader'] } },
  limits: {
    reads: { on: { github: ['get_*', 'read_*'] }, calls: 9, per: 'second' },
  },
  tokens: {
    grants: {
      aaaaaaaaaaaa: {
        subject: 'ann',
        sha256: '6161616161616161616161616161616161616161616161616161616161616161',
        team: 'all',
        tools: { github: ['fetch_*', 'get_issue'] },
        created: '2026-11-01',
        expires: '2027-01-01',
      },
    },
  },
  lints: { GW4006: 'off' },
})

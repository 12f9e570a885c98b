import { defineGateway, http, stdio } from 'portcullis'

export default defineGateway({
  servers: {
    files: stdio({ command: 'files-mcp', maxSessions: 2 }),
    notes: stdio({ command: 'notes-mcp', maxSessions: 3 }),
    clock: stdio({ command: 'clock-mcp', isolation: 'shared', maxSessions: 1 }),
    github: http({ url: 'https://x.example/mcp', maxSessions: 1 }),
  },
  roles: {
    reader: {
      allow: { files: ['*'], notes: ['*'], clock: ['*'], github: ['*'] },
    },
  },
  teams: { docs: { roles: ['reader'] } },
  tokens: {
    grants: {
      aaaaaaaaaaaa: {
        subject: 's1',
        sha256: '6161616161616161616161616161616161616161616161616161616161616161',
        team: 'docs',
        created: '2026-11-01',
        expires: '2027-01-01',
      },
      bbbbbbbbbbbb: {
        subject: 's2',
        sha256: '6262626262626262626262626262626262626262626262626262626262626262',
        team: 'docs',
        created: '2026-11-01',
        expires: '2027-01-01',
      },
      cccccccccccc: {
        subject: 's3',
        sha256: '6363636363636363636363636363636363636363636363636363636363636363',
        team: 'docs',
        created: '2026-11-01',
        expires: '2027-01-01',
      },
    },
  },
})

// What all environments share. An environment is a file that imports this and
// spreads it: no merging, no NODE_ENV, and a diff that shows what differs.
import { bearer, defineGateway, http, stdio } from 'portcullis'

export const base = defineGateway({
  servers: {
    github: http({
      url: 'https://github.staging.example.com/mcp',
      headers: { authorization: bearer('env:GITHUB_TOKEN') },
      timeout: '2m',
      concurrency: 16,
    }),
    notes: stdio({
      command: 'npx',
      args: ['-y', 'notes-mcp@1.4.2'],
      env: { NOTES_LEVEL: 'info' },
      isolation: 'principal',
      maxSessions: 16,
    }),
  },
  roles: {
    reader: { allow: { github: ['get_*'], notes: ['*'] } },
    writer: { extends: ['reader'], allow: { github: ['create_*'] } },
  },
  teams: { everyone: { roles: ['reader'] }, authors: { roles: ['writer'] } },
  limits: {
    each: { on: { github: ['*'] }, calls: 60, per: 'minute', each: 'token' },
  },
  tests: {
    'only authors write': {
      team: 'everyone',
      allow: { github: ['get_issue'] },
      deny: { github: ['create_issue'] },
    },
  },
})

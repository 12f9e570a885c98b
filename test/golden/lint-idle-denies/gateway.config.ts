import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: {
    github: http({ url: 'https://x.example/mcp' }),
    wiki: http({ url: 'https://y.example/mcp' }),
  },
  roles: {
    reader: {
      allow: { github: ['get_*'], wiki: ['read'] },
      deny: {
        github: ['delete_file', 'get_secret', { prompt: 'triage' }],
        // Not locked: a precaution.
        wiki: ['delete_*'],
      },
    },
    // What another role of the same team allows, this one takes away.
    never: { deny: { github: ['push_*'] } },
    pusher: { allow: { github: ['push_tags', 'push_branch'] } },
  },
  teams: { all: { roles: ['reader', 'never', 'pusher'] } },
  lints: { GW4007: 'error' },
})

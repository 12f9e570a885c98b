import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: { github: http({ url: 'https://x.example/mcp' }) },
  roles: {
    keeper: { allow: { github: ['*'] } },
    careful: { allow: { github: ['*'] }, deny: { github: ['delete_*', 'wipe'] } },
    // By name it is meant; a pattern with a condition is still a pattern.
    owner: { allow: { github: ['wipe', { tool: 'delete_*', when: { id: { min: 1 } } }] } },
    // Inherited: told where it is written.
    admin: { extends: ['keeper'], allow: { github: ['delete_file'] } },
  },
  teams: { all: { roles: ['admin', 'careful', 'owner'] } },
  lints: { GW4014: 'off' },
})

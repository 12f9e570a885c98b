import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: { github: http({ url: 'https://x.example/mcp' }) },
  roles: {
    reader: { allow: { github: ['get_issue', 'get_file'] } },
    // The same by what is locked, though written otherwise.
    viewer: { allow: { github: ['get_*'] } },
    // A second name on purpose.
    guest: { extends: ['reader'] },
    bounded: {
      allow: {
        github: [{ tool: 'get_issue', when: { id: { min: 1 } } }, 'get_file'],
      },
    },
    wary: { allow: { github: ['get_*'] }, deny: { github: ['get_file'] } },
  },
  teams: { all: { roles: ['reader', 'viewer', 'guest'] }, few: { roles: ['bounded', 'wary'] } },
  lints: { GW4005: 'off' },
})

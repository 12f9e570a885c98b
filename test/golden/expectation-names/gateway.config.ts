import { defineGateway, http, stdio } from 'portcullis'

export default defineGateway({
  servers: {
    github: http({ url: 'https://example.com/mcp' }),
    files: stdio({ command: 'files-mcp' }),
  },
  roles: { reader: { allow: { github: ['get_*'] } } },
  teams: { interns: { roles: ['reader'] } },
  limits: {
    busy: { on: { github: ['*'] }, for: { teams: ['intern'] }, concurrent: 2 },
  },
  tests: {
    pattern: { role: 'reader', allow: { github: ['get_*'] } },
    token: { token: 'abcdefghijkl', deny: { github: ['get_x'] } },
    two: { role: 'reader', team: 'interns', deny: { github: ['x'] } },
    none: { deny: { github: ['x'] } },
    empty: { role: 'reader' },
  },
})

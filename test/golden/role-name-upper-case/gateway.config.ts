import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: { github: http({ url: 'https://example.com/mcp' }) },
  roles: {
    Reader: { allow: { github: ['get_*'] } },
    writer: { extends: ['Reader'] },
  },
  teams: { docs_team: { roles: ['Reader', 'Raeder'] } },
  limits: { slow: { on: {}, concurrent: 1, for: { teams: ['docs_team'] } } },
  tests: { 'no reading': { role: 'Reader', deny: { github: ['x'] } } },
})

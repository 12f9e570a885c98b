import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: {
    github: http({
      url: 'https://x.example/mcp',
      rename: { get_isue: 'issue' },
    }),
  },
  roles: {
    reader: { allow: { github: ['get_isue', { prompt: 'triege' }] } },
    writer: {
      extends: ['reader'],
      deny: { github: [{ tool: 'delete_repository' }] },
    },
  },
  teams: { all: { roles: ['writer'] } },
  limits: { l: { on: { github: ['list_isues'] }, concurrent: 1 } },
  audit: { tools: { github: { get_isue: { redact: ['/title'] } } } },
  tests: { t: { role: 'reader', deny: { github: ['close_issue'] } } },
})

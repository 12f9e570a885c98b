import { defineGateway, http } from 'portcullis'
import { roles } from './policy/roles.ts'

export default defineGateway({
  listen: { port: '4600' },
  servers: {
    github: http({ ulr: 'https://example.com/mcp' }),
    "big-data": http({ 'url': 'https://example.com/data', isolation: `sharde` }),
  },
  roles,
  teams: { docs: { roles: 'reader' } },
  limits: {
    each: {
      on: { github: ['*'] },
      for: { teams: ['dcos'] },
      calls: 60,
      per: "minut",
    },
  },
  tests: {
    'readers read': {
      role: 'raeder', // not the team
      allow: { githb: ['get_file'] },
    },
  },
})

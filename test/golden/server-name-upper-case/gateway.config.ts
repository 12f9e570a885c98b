import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: { GitHub: http({ url: 'https://example.com/mcp' }) },
  roles: { reader: { allow: { GitHub: ['get_*'] }, deny: { GitHub: ['x'] } } },
  limits: { slow: { on: { GitHub: ['*'] }, concurrent: 2 } },
  tests: { 'readers read': { role: 'reader', allow: { GitHub: ['get_x'] } } },
})

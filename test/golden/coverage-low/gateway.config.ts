import { defineGateway, http } from 'portcullis'

// `gateway check --min 50`.
export default defineGateway({
  servers: { wiki: http({ url: 'https://wiki.example/mcp' }) },
  roles: { reader: { allow: { wiki: ['read', 'list', 'find'] } } },
  teams: { docs: { roles: ['reader'] } },
  tests: { 'readers read': { role: 'reader', allow: { wiki: ['read'] } } },
})

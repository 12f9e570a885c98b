import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: {
    wiki: http({ url: 'http://wiki.example/mcp' }),
    notes: http({ url: 'http://notes.example/mcp' }),
  },
  roles: {
    reader: { allow: { wiki: ['wiki__read'] } },
    unused: {},
  },
  teams: { docs: { roles: ['reader'] } },
  lints: { GW4001: 'off', GW4002: 'error', GW4011: 'warn' },
})

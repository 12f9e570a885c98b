import { defineGateway, stdio } from 'portcullis'

export default defineGateway({
  listen: { port: 46137 },
  admin: { port: 0 },
  servers: {
    notes: stdio({ command: 'node', args: ['server.mjs', 'offer.json'] }),
  },
  roles: { reader: { allow: { notes: ['get_note', 'add_note'] } } },
  teams: { all: { roles: ['reader'] } },
})

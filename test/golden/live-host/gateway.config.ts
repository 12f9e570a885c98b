import { defineGateway, stdio } from 'portcullis'

export default defineGateway({
  listen: { host: '192.0.2.1', port: 46_138, publicUrl: 'https://gateway.example.com', behindProxy: ['10.0.0.0/8'] },
  admin: { port: 0 },
  servers: {
    notes: stdio({ command: 'node', args: ['server.mjs', 'offer.json'] }),
  },
  roles: { reader: { allow: { notes: ['get_note', 'add_note'] } } },
  teams: { all: { roles: ['reader'] } },
})

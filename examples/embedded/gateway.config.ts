import { defineGateway, stdio } from 'portcullis'

export default defineGateway({
  servers: {
    clock: stdio({ command: 'node', args: ['clock-server.mjs'] }),
  },
  roles: { reader: { allow: { clock: ['get_time'] } } },
})

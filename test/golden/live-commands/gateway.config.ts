import { defineGateway, stdio } from 'portcullis'

export default defineGateway({
  listen: { port: 0 },
  admin: { port: 0 },
  servers: {
    absent: stdio({ command: 'no-such-program' }),
    script: stdio({ command: './script.sh' }),
    nowhere: stdio({ command: 'node', cwd: 'nowhere' }),
  },
  roles: { reader: { allow: { absent: ['a'], script: ['b'], nowhere: ['c'] } } },
  teams: { all: { roles: ['reader'] } },
})

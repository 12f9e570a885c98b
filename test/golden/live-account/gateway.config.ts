import { defineGateway, stdio } from 'portcullis'

const command = './program.sh'

export default defineGateway({
  servers: {
    a: stdio({ command, user: 'no-such-user' }),
    b: stdio({ command, user: 4000000001 }),
    c: stdio({ command, group: 'no-such-group' }),
  },
  listen: { port: 0 },
  admin: { port: 0 },
})

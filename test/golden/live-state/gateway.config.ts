import { defineGateway } from 'portcullis'

export default defineGateway({
  listen: { port: 0 },
  admin: { port: 0 },
  state: 'own',
  servers: {},
})

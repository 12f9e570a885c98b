import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: { notes: http({ url: 'https://notes.example/mcp' }) },
  roles: { reader: { allow: { notes: ['*'] } } },
  teams: { docs: { roles: ['reader'] } },
})

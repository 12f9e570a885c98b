import { defineGateway, http, stdio } from 'portcullis'

export default defineGateway({
  servers: {
    near: stdio({ url: 'https://example.com/mcp' }),
    far: http({ command: 'files-mcp' }),
  },
  roles: { reader: { allow: { near: ['get_*'], far: ['get_*'] } } },
  teams: { all: { roles: ['reader'] } },
})

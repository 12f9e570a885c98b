import { defineGateway, http, stdio } from 'portcullis'

export default defineGateway({
  servers: {
    github: http({ url: 'https://example.com/mcp' }),
    files: stdio({ command: 'files-mcp' }),
  },
  roles: {
    reader: { extends: ['writer'], allow: { github: ['get_*'] } },
    writer: { extends: ['owner'], allow: { github: ['create_*'] } },
    owner: { extends: ['reader'] },
    narcissus: { extends: ['narcissus'] },
  },
})

import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: { github: http({ url: 'https://example.com/mcp' }) },
  roles: {
    reader: { allow: { github: ['get_*'] } },
    writer: { allow: { github: ['create_issue'] }, extends: ['reader'] },
  },
  tests: {
    'writers may comment': { role: 'writer', allow: { github: ['add_comment'] } },
    'writers never read': { role: 'writer', deny: { github: ['get_issue'] } },
  },
})

import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: {
    github: http({
      url: 'https://example.com/mcp',
      rename: { search_code: 'search', search_issues: 'search' },
    }),
  },
})

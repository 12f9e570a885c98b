import { defineGateway, http, stdio } from 'portcullis'

export default defineGateway({
  servers: {
    github: http({
      url: 'https://example.com/mcp',
      headers: { authorization: 'Bearer env:GITHUB_TOKEN' },
    }),
    files: stdio({
      command: 'files-mcp',
      env: { API_KEY: 'env:API_KEY', CERT: 'file:/run/secrets/cert' },
    }),
  },
})

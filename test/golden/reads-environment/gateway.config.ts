import { bearer, defineGateway, http, stdio } from 'portcullis'

const { GITHUB_TOKEN } = process.env

export default defineGateway({
  servers: {
    github: http({
      url: 'https://example.com/mcp',
      headers: {
        authorization: bearer(process.env.TOKEN as 'env:TOKEN'),
        'x-second': GITHUB_TOKEN ?? undefined,
      },
    }),
    files: stdio({ command: 'files-mcp', env: { ROOT: process.env.ROOT } }),
  },
  listen: { port: Number(process.env.PORT) },
  roles: undefined,
})

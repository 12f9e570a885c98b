import { bearer, defineGateway, http, secret } from 'portcullis'

export default defineGateway({
  servers: {
    one: http({
      url: 'https://example.com/mcp',
      headers: {
        'x-a': secret('$API_KEY' as 'env:X'),
        'x-b': secret('env:API-KEY'),
        'x-c': bearer('process.env.API_KEY' as 'env:X'),
        'x-d': secret('swordfish' as 'env:X'),
      },
    }),
  },
})

import { defineGateway, http, scheme } from 'portcullis'

export default defineGateway({
  servers: {
    sentry: http({
      url: 'https://mcp.sentry.example/mcp',
      headers: { authorization: scheme('Sentry Bearer', 'env:SENTRY_TOKEN') },
    }),
    other: http({
      url: 'https://mcp.sentry.example/mcp',
      headers: {
        authorization: { scheme: 'Sentry-Bearer env:SENTRY_TOKEN' },
      },
    }),
  },
})

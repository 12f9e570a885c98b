import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: {
    github: http({
      url: 'https://example.com/mcp',
      headers: {
        'x trace': 'on',
        'x-team:': 'docs',
        'x-lines': 'one\r\ntwo',
        'x-city': 'Zürich',
      },
    }),
  },
})

import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: { github: http({ url: 'https://example.com/mcp' }) },
  tokens: {
    grants: {
      abcdefghijkl: {
        subject: 'ann',
        sha256: 'SHA256:9f86d081884c7d65',
        created: '2026-11-01',
        expires: '01.02.2027',
      },
    },
  },
})

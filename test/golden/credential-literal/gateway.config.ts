import { defineGateway, http, stdio } from 'portcullis'

export default defineGateway({
  servers: {
    github: http({
      url: 'https://example.com/mcp',
      headers: {
        authorization: 'Bearer ghp_EXAMPLEexampleEXAMPLEexample0000',
        'x-trace': 'q8Zp2LmV0xTr7Yb4Kd9Wn3Hs6Jc1Fg5A',
        'x-region': 'eu-central-1',
      },
    }),
    search: http({ url: 'https://me:hunter22@example.com/mcp?api_key=abc' }),
    files: stdio({
      command: 'files-mcp',
      args: ['--token', 'xoxb-1234567890-abcdefghij'],
      env: { API_SECRET: 'swordfish', LANG: 'C.UTF-8' },
    }),
  },
  roles: { reader: { allow: { github: ['ghp_EXAMPLEexampleEXAMPLEexample0000?'] } } },
})

import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: { github: http({ url: 'https://example.com/mcp' }) },
  lints: { GW4001: 'warning', GW2001: 'off' },
})

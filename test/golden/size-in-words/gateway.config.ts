import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: { github: http({ url: 'https://example.com/mcp' }) },
  caps: { request: '10mb', message: '1.5MiB' },
  audit: { rotate: { size: '512M' } },
})

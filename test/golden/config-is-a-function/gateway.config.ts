import { http } from 'portcullis'

export default () => ({
  servers: { github: http({ url: 'https://example.com/mcp' }) },
})

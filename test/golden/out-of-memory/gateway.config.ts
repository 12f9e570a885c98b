import { defineGateway, http, stdio } from 'portcullis'

const hoard: object[] = []
for (let i = 0; i < 1e9; i++) hoard.push(new Array(1000).fill(i))

export default defineGateway({
  servers: {
    github: http({ url: 'https://example.com/mcp' }),
    files: stdio({ command: 'files-mcp' }),
  },
})

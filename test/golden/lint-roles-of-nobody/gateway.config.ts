import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: { github: http({ url: 'https://x.example/mcp' }) },
  // Only begun: nobody has any role yet.
  roles: { reader: { allow: { github: ['get_*'] } }, writer: {} },
})

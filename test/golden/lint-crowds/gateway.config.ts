import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: {
    big: http({ url: 'https://x.example/mcp' }),
    small: http({ url: 'https://y.example/mcp' }),
  },
  roles: {
    forty: { allow: { big: ['*'] } },
    one: { allow: { small: ['ping'] } },
    denied: { deny: { big: ['tool_40'] } },
  },
  teams: {
    crowd: { roles: ['forty', 'one'] },
    // Exactly forty.
    just: { roles: ['forty'] },
    less: { roles: ['forty', 'one', 'denied'] },
  },
})

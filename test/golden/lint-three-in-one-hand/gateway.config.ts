import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: {
    mail: http({ url: 'https://x.example/mcp' }),
    web: http({ url: 'https://y.example/mcp' }),
    wiki: http({ url: 'https://z.example/mcp' }),
  },
  roles: {
    assistant: { allow: { mail: ['read_inbox', 'send'], web: ['fetch'] } },
    reader: { allow: { mail: ['read_inbox'], web: ['fetch'] } },
    sender: { allow: { mail: ['send'] } },
    // It says nothing of the open world, and is not locked.
    editor: { allow: { wiki: ['*'], web: ['fetch', 'search'] } },
  },
  teams: {
    office: { roles: ['assistant'] },
    desk: { roles: ['reader', 'sender'] },
    authors: { roles: ['editor', 'sender'] },
  },
})

import { defineGateway, http } from 'portcullis'

// None of these would ever match what a request says.
export default defineGateway({
  listen: {
    host: '0.0.0.0',
    publicUrl: 'https://mcp.example.com',
    hosts: [
      'https://MCP.example.com/',
      'Gateway.example.com',
      '*.example.com',
      'a b',
      'fine.example.com:8443',
    ],
    origins: [
      'chat.example.com',
      'https://Chat.example.com/app',
      '*',
      'null',
      'vscode-webview://0a1b2c',
    ],
    behindProxy: ['10.0.0.0/33', 'fd00::/129', '10.0.0.0/8', 'fd00::/8'],
  },
  servers: { wiki: http({ url: 'https://wiki.example/mcp' }) },
})

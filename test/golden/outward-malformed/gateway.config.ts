import { basic, defineGateway, http, stdio } from 'portcullis'

const url = 'https://mcp.example.com/mcp'

export default defineGateway({
  proxy: { url: 'http://gw:hunter2hunter2@proxy.example.com:3128' },
  tls: { ca: 'a.pem' },
  servers: {
    text: http({ url, proxy: 'http://gw:hunter2hunter2@proxy.example.com' }),
    none: http({ url, proxy: 'none' }),
    yes: http({ url, proxy: true }),
    socks: http({ url, proxy: { url: 'socks5://proxy.example.com:1080' } }),
    bare: http({ url, proxy: { url: 'proxy.example.com:3128' } }),
    other: http({ url, proxy: { url: 'ftp://proxy.example.com' } }),
    user: http({ url, proxy: { url: 'http://gw@proxy.example.com' } }),
    path: http({ url, proxy: { url: 'http://proxy.example.com/pac' } }),
    literal: http({
      url,
      proxy: { url: 'http://proxy.example.com', auth: 'gw:hunter2hunter2' },
    }),
    lists: http({
      url,
      proxy: {
        url: 'http://proxy.example.com',
        auth: basic('gw', 'hunter2hunter2'),
        noProxy: ['https://acme.dev', 'a b', '*.acme.dev', '10.0.0.0/33'],
      },
    }),
    half: http({ url, tls: { cert: 'gw.pem' } }),
    two: http({ url, tls: { ca: 'a.pem', caAppend: 'b.pem' } }),
    clear: http({ url: 'http://127.0.0.1:9/mcp', tls: { ca: 'a.pem' } }),
    home: http({ url, tls: { ca: '~/a.pem', cert: 'c', key: 'env:KEY' } }),
    program: stdio({ command: 'x', proxy: 'env', tls: { ca: 'a.pem' } }),
  },
})

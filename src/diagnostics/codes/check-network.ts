// Codes of check, GW2: listeners, headers and sign-in.
// In: nothing. Out: entries by code.
// INVARIANT: see entry.ts.

import type { CodeTexts } from './entry.ts'

export const CHECK_NETWORK = Object.freeze({
  GW2016: {
    severity: 'error',
    title: 'a listener that other hosts can reach, without protection',
    help: 'add what is missing, or listen on 127.0.0.1',
    why: `The listener accepts connections from other hosts. Such a listener
      needs \`publicUrl\`, the address at which they reach it: every address
      that the gateway prints or publishes begins with it, and a request for
      another host is refused, so that no web page can reach the gateway under
      a name of its own. It also needs \`tls\`, or \`behindProxy\`, the proxy in
      front of it that terminates TLS: without either of them, tokens would be
      sent without encryption. A listener on 127.0.0.1 needs none of these.`,
    causes: [
      'only `hosts` is there: it adds further names to that of `publicUrl`',
      'a host of 0.0.0.0 that was written for a container',
    ],
    wrong: `
listen: { host: '0.0.0.0' },
`,
    right: `
listen: {
  host: '0.0.0.0',
  publicUrl: 'https://gateway.example.com',
  tls: { cert: 'tls/cert.pem', key: 'tls/key.pem' },
},
`,
  },
  GW2027: {
    severity: 'error',
    title: 'a block of proxies that has addresses of others',
    help: "name the addresses of your proxies alone: '10.0.7.4/32'",
    why: `Whoever connects from an address of \`behindProxy\` names the address
      that the audit records, and under which wrong tokens are counted and
      slowed down. In a block such as \`0.0.0.0/0\` this is everybody: one
      client can take the address of another, or a new one for each try. So a
      block has at least 8 bits of an IPv4 address, or 16 of an IPv6 address
      that is not private. Best are the addresses of the proxies alone: the
      clients of your own network are no proxies either.`,
    causes: [
      'the addresses of the proxies change, and all were allowed instead',
      'a load balancer of a cloud; its documentation names its blocks',
    ],
    wrong: `
listen: { behindProxy: ['0.0.0.0/0'] },
`,
    right: `
listen: { behindProxy: ['10.0.7.0/24'] },
`,
  },
  GW2020: {
    severity: 'error',
    title: 'a header that cannot be sent as written',
    help: 'remove it: the gateway writes it itself',
    why: `Some headers tell where a message ends, to which host it goes or to
      which session it belongs. The gateway writes these headers itself,
      because two different values of them allow request smuggling. Other
      headers cannot be sent at all: their name is invalid, or their value
      contains a line break. Upper and lower case make no difference in header
      names, so \`X-Team\` and \`x-team\` are one header written twice.`,
    causes: [
      '`host` or `content-length`, copied from a recorded request',
      'a value that was read from a file and ends with a line break',
    ],
    wrong: `
servers: {
  github: http({
    url: 'https://example.com/mcp',
    headers: { host: 'api.example.com' },
  }),
},
`,
    right: `
servers: { github: http({ url: 'https://api.example.com/mcp' }) },
`,
  },
  GW2021: {
    severity: 'error',
    title: 'two listeners on one port',
    help: 'give one of them another port',
    why: `The gateway has one listener for clients and one for operators, and
      two listeners cannot use the same port of one address. The gateway would
      fail at its start, so the check reports it now. With port 0 the system
      chooses a free port.`,
    causes: ['`listen.port` is 4601, which is the default of `admin.port`'],
    wrong: `
listen: { port: 8080 },
admin: { port: 8080 },
`,
    right: `
listen: { port: 8080 },
admin: { port: 8081 },
`,
  },
  GW2022: {
    severity: 'error',
    title: 'a sign-in to a server that cannot work as written',
    help: 'correct the `auth` of the server',
    why: `The gateway signs in to this server by itself: it sends its client
      secret, or a text that its client key has signed, to an authorization
      server, and gets a token that goes into the header \`authorization\` of
      every request. So no other value of that header is possible, credentials
      travel only over https, a client secret is sent to an \`issuer\` that a
      reviewer can see, and a parameter of the token request that the gateway
      writes cannot be written twice.`,
    causes: [
      'a header `authorization` that was left when `auth` was added',
      'an issuer that begins with `http://`',
      'a `listen.path` that begins with `/connect`, where the pages are on which people sign in',
    ],
    wrong: `
servers: {
  ledger: http({
    url: 'https://ledger.example.com/mcp',
    headers: { authorization: bearer('env:LEDGER_TOKEN') },
    auth: clientCredentials({
      issuer: 'https://id.example.com',
      client: { id: 'gw', secret: secret('env:LEDGER_SECRET') },
    }),
  }),
},
`,
    right: `
servers: {
  ledger: http({
    url: 'https://ledger.example.com/mcp',
    auth: clientCredentials({
      issuer: 'https://id.example.com',
      client: { id: 'gw', secret: secret('env:LEDGER_SECRET') },
    }),
  }),
},
`,
  },
} satisfies CodeTexts)

// Codes of check, GW2: listeners and headers.
// In: nothing. Out: entries by code.
// INVARIANT: see entry.ts.

import type { CodeTexts } from './entry.ts'

export const CHECK_NETWORK = Object.freeze({
  GW2016: {
    severity: 'error',
    title: 'a listener that others reach, unprotected',
    help: 'add what is missing, or listen on 127.0.0.1',
    why: `The listener takes connections of other hosts, and tokens would travel in
      the clear. A web page could reach it too, under a host name of its own. It
      needs \`hosts\`, the Host values to accept, and \`behindProxy\`, the proxy
      that speaks TLS in front of it; on 127.0.0.1 it needs neither.`,
    wrong: `
listen: { host: '0.0.0.0' },
`,
    right: `
listen: {
  host: '0.0.0.0',
  hosts: ['gateway.example.com'],
  behindProxy: ['10.0.0.0/8'],
},
`,
  },
  GW2020: {
    severity: 'error',
    title: 'a header that cannot be sent as written',
    help: 'remove it: the gateway writes it itself',
    why: `Some headers say where a message ends, to which host it goes or to which
      session it belongs. The gateway writes these itself, because two opinions
      about them are how requests are smuggled. Others cannot be sent at all:
      their name is none, or their value has a line break. Names of headers differ
      in more than case, so one may not be written twice.`,
    causes: [
      '`host` or `content-length`, copied from a recorded request',
      'a value that was read from a file, with the line break at its end',
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
    why: `Clients and operators have a listener each, and two listeners cannot have
      one port of one address. The gateway would fail at its start; the reviewed
      file says so already. Port 0 lets the kernel choose one.`,
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
} satisfies CodeTexts)

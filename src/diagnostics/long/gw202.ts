// Long forms of GW2020 to GW2029: headers, ports.
// In: nothing. Out: a frozen table.
// INVARIANT: see long-form.ts.

import type { LongForms } from './long-form.ts'

export const GW202: LongForms<'GW202'> = Object.freeze({
  GW2020: {
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
})

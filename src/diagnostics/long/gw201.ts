// Long forms of GW2010 to GW2019: values, secrets, listeners.
// In: nothing. Out: a frozen table.
// INVARIANT: see long-form.ts.

import type { LongForms } from './long-form.ts'

export const GW201: LongForms<'GW201'> = Object.freeze({
  GW2010: {
    why: `An upstream is reached by an absolute http or https URL, written out.
      Nothing in it is filled in: the reviewed file alone says which host gets
      the calls and the credentials.`,
    causes: [
      'the scheme is missing',
      '`process.env.X` in a template: a config sees no environment',
    ],
    wrong: `
servers: { github: http({ url: 'example.com/mcp' }) },
`,
    right: `
servers: { github: http({ url: 'https://example.com/mcp' }) },
`,
  },
  GW2011: {
    why: `An instant is a day, or a day and a time, in ISO 8601; UTC unless it names
      a zone. Other orders of day and month are read differently in different
      countries, which is no way to say when access ends.`,
    wrong: `
tokens: {
  grants: {
    abcdefghijkl: {
      subject: 'ann', roles: [], sha256: '0'.repeat(64),
      created: '2026-11-01', expires: '01.02.2027',
    },
  },
},
`,
    right: `
roles: { reader: {} },
tokens: {
  grants: {
    abcdefghijkl: {
      subject: 'ann', roles: ['reader'], sha256: '0'.repeat(64),
      created: '2026-11-01', expires: '2027-01-01',
    },
  },
},
`,
  },
  GW2012: {
    why: `No value satisfies this condition. On \`allow\` it grants nothing; on
      \`deny\` it takes away only what could not be judged anyhow. Neither is worth a
      line that looks as if it did more.`,
    wrong: `
roles: {
  reader: {
    allow: { github: [{ tool: 'list', when: { page: { min: 9, max: 1 } } }] },
  },
},
`,
    right: `
roles: {
  reader: {
    allow: { github: [{ tool: 'list', when: { page: { min: 1, max: 9 } } }] },
  },
},
`,
  },
  GW2013: {
    why: `A config says where a secret stands, never the secret: \`env:NAME\` or
      \`file:/path\`. It is read when the server is connected. Placeholders such as
      \`\${NAME}\` are filled in by nobody, and a reference that is written as a mere
      text would be sent to the server as it stands. In JSON write
      \`{ "secret": "env:NAME" }\` or \`{ "bearer": "env:NAME" }\`.`,
    causes: [
      'the name of the variable without `env:`',
      'a placeholder that another tool would fill in',
      '`process.env.NAME`: a config sees no environment, so it is undefined',
    ],
    wrong: `
servers: {
  github: http({
    url: 'https://example.com/mcp',
    headers: { authorization: 'Bearer \${GITHUB_TOKEN}' },
  }),
},
`,
    right: `
servers: {
  github: http({
    url: 'https://example.com/mcp',
    headers: { authorization: bearer('env:GITHUB_TOKEN') },
  }),
},
`,
  },
  GW2014: {
    why: `The text does not have the form that the key needs, and the help says
      which one that is. It is judged here because the place where it would fail
      is further away: at the start of the gateway, or at the first call.`,
    causes: [
      'a port in `listen.host`, or no `/` at the start of `listen.path`',
      'a `~` in a path, which only a shell expands',
      'a command together with its arguments',
    ],
    wrong: `
servers: { files: stdio({ command: 'npx -y files-mcp@1.2.3' }) },
`,
    right: `
servers: { files: stdio({ command: 'npx', args: ['-y', 'files-mcp@1.2.3'] }) },
`,
  },
  GW2015: {
    why: `What stands here looks like a credential. A config is committed, reviewed
      and copied, and whatever was in it once stays in the history of the
      repository: replace it by a reference, and revoke it. Findings never repeat
      such a value.`,
    causes: [
      'a known form, such as a token of a code host or a chat',
      'a text of high entropy in a header or in the environment of a server',
      'a password or key in a URL',
    ],
    wrong: `
servers: {
  search: http({ url: 'https://example.com/mcp', headers: { 'x-api-key': 'swordfish' } }),
},
`,
    right: `
servers: {
  search: http({
    url: 'https://example.com/mcp',
    headers: { 'x-api-key': secret('env:SEARCH_KEY') },
  }),
},
`,
  },
  GW2016: {
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
  GW2018: {
    why: `These keys exclude or need each other. Each of them could be meant, so
      none is ignored in favour of another: a limit needs a number and a time, an
      expectation one party that is judged, a condition one operator.`,
    wrong: `
limits: { slow: { on: { github: ['*'] }, calls: 60, each: 'token' } },
`,
    right: `
limits: {
  slow: { on: { github: ['*'] }, calls: 60, per: 'minute', each: 'token' },
},
`,
  },
  GW2019: {
    why: `The key is part of the config language, and its shape is checked, but this
      release does not act on it yet. It is said so that nobody relies on what
      does not happen.`,
    wrong: `
listen: { behindProxy: ['10.0.0.0/8'] },
`,
    right: `
listen: { port: 4600 },
`,
  },
})

// Codes of check, GW2: types, names, and the forms of values.
// In: nothing. Out: entries by code.
// INVARIANT: see entry.ts.

import type { CodeTexts } from './entry.ts'

export const CHECK_VALUES = Object.freeze({
  GW2003: {
    severity: 'error',
    title: 'wrong type',
    help: 'write a value of that type',
    why: `The value has another type than the key needs. The gateway converts
      nothing: \`'100'\` and \`100\` compare differently, and a duration
      without a unit means seconds to one reader and milliseconds to
      another.`,
    causes: [
      'a number in quotes, or a number in place of a duration such as `30s`',
      'one text in place of a list',
      'a list of tools without the name of their server',
    ],
    wrong: `
servers: {
  files: stdio({ command: 'files-mcp', timeout: 30 }),
},
roles: { reader: { allow: ['read_*'] } },
`,
    right: `
servers: {
  files: stdio({ command: 'files-mcp', timeout: '30s' }),
},
roles: { reader: { allow: { files: ['read_*'] } } },
`,
  },
  GW2004: {
    severity: 'error',
    title: 'not one of the possible values',
    help: 'write one of them',
    why: `The key accepts only a few words, and this is none of them. The
      gateway cannot guess a safe meaning for an unknown word.`,
    wrong: `
limits: {
  calls: { on: { github: ['*'] }, calls: 60, per: 'minute', each: 'user' },
},
`,
    right: `
limits: {
  calls: { on: { github: ['*'] }, calls: 60, per: 'minute', each: 'subject' },
},
`,
  },
  GW2005: {
    severity: 'error',
    title: 'outside the range',
    help: 'write a value inside the range',
    why: `The number or text is outside the range that can work, such as a
      port above 65535, a limit of no calls or an empty command. To allow
      nothing, remove the \`allow\` entry; do not write a limit of zero.`,
    wrong: `
limits: { off: { on: { github: ['*'] }, calls: 0, per: 'day' } },
`,
    right: `
roles: { reader: { deny: { github: ['*'] } } },
`,
  },
  GW2006: {
    severity: 'error',
    title: 'malformed name',
    help: 'a name is a lower-case letter, then up to 31 of a-z, 0-9 and `-`',
    why: `Names of servers, roles, teams and limits appear in tool names, in
      the audit trail, in metrics and in the tokens file. One small set of
      characters keeps them readable and unambiguous in all of these places.
      With upper case, two names could be one name on other systems.`,
    wrong: `
roles: { Docs_Reader: { allow: { github: ['get_*'] } } },
`,
    right: `
roles: { 'docs-reader': { allow: { github: ['get_*'] } } },
`,
  },
  GW2007: {
    severity: 'error',
    title: 'malformed duration',
    help: "write a whole number and ms, s, m, h or d: '30s', '15m', '90d'",
    why: `A duration is a whole number and a unit: ms, s, m, h or d. Longer
      words, fractions and combinations are not accepted, so that each
      duration is written in one way that a reviewer understands at once.`,
    wrong: `
servers: {
  github: http({ url: 'https://example.com/mcp', timeout: '1.5 hours' }),
},
`,
    right: `
servers: {
  github: http({ url: 'https://example.com/mcp', timeout: '90m' }),
},
`,
  },
  GW2008: {
    severity: 'error',
    title: 'malformed size',
    help: "write bytes as an integer, or a whole number and KiB, MiB or GiB: '256MiB'",
    why: `A size is a number of bytes, or a whole number and a unit. The units
      kB, MB and GB are powers of 1000; KiB, MiB and GiB are powers of 1024.
      Upper and lower case matter, because \`mb\` could mean either.`,
    wrong: `
caps: { request: '4mb' },
`,
    right: `
caps: { request: '4MiB' },
`,
  },
  GW2009: {
    severity: 'error',
    title: 'a character that patterns do not support',
    help: 'patterns are literal characters and `*`: write one entry for each alternative',
    why: `In a pattern each character stands for itself, except \`*\`, which
      stands for any number of characters. The signs of other pattern
      languages would match only themselves, and so match no tool: an
      \`allow\` would allow too little, and a \`deny\` would deny nothing.
      There is no negation, because \`deny\` does that and wins over every
      \`allow\`.`,
    causes: [
      'alternatives in braces: write one entry for each',
      'a regular expression: write literal characters and `*`',
      'several names in one text: write a list',
    ],
    wrong: `
roles: {
  reader: { allow: { github: ['get_{issue,file}', '!delete_*'] } },
},
`,
    right: `
roles: {
  reader: {
    allow: { github: ['get_issue', 'get_file'] },
    deny: { github: ['delete_*'] },
  },
},
`,
  },
  GW2010: {
    severity: 'error',
    title: 'malformed URL',
    help: 'write an absolute http:// or https:// URL',
    why: `A server needs an absolute http or https URL, written out in full.
      The gateway fills in nothing: the reviewed file alone decides which host
      gets the calls and the credentials.`,
    causes: [
      'the scheme is missing',
      '`process.env.X` in a template: a config cannot read the environment',
    ],
    wrong: `
servers: { github: http({ url: 'example.com/mcp' }) },
`,
    right: `
servers: { github: http({ url: 'https://example.com/mcp' }) },
`,
  },
  GW2011: {
    severity: 'error',
    title: 'malformed instant',
    help: "write ISO 8601: '2026-11-22' or '2026-11-22T18:00:00Z'",
    why: `An instant is a day, or a day and a time, in ISO 8601. It is in UTC
      unless it contains a zone. Other orders of day and month are read
      differently in different countries, so they cannot safely define when
      access ends.`,
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
    severity: 'error',
    title: 'a constraint that nothing satisfies',
    help: 'correct or remove it',
    why: `No value satisfies this condition. On an \`allow\` it grants
      nothing; on a \`deny\` it denies only calls whose argument cannot be
      judged. The line looks as if it did more than that.`,
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
    severity: 'error',
    title: 'malformed secret reference',
    help: "write 'env:NAME', 'file:/run/secrets/name' or { exec: ['PROGRAM', 'ARGUMENT'] }",
    why: `A config contains the place of a secret, never the secret itself:
      \`env:NAME\`, \`file:/path\`, or a program that prints it,
      \`{ exec: ['op', 'read', 'op://vault/item/field'] }\`. The gateway reads the
      secret when it connects to the server. Placeholders such as \`\${NAME}\` are not
      replaced, and a reference that is written as a plain text would be sent
      to the server unchanged. In JSON write \`{ "secret": "env:NAME" }\` or
      \`{ "bearer": "env:NAME" }\`.`,
    causes: [
      'the name of the variable without `env:`',
      'a placeholder that another program would replace',
      '`process.env.NAME`: a config cannot read the environment, so it is undefined',
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
    severity: 'error',
    title: 'malformed text',
    help: 'write it in the form that is described',
    why: `The text does not have the form that the key needs. The help
      describes that form. The check reports it now, because otherwise it
      would fail later: at the start of the gateway, or at the first call.`,
    causes: [
      '`listen.host` contains a port, or `listen.path` does not begin with `/`',
      'a path contains `~`, which only a shell expands',
      'a command contains its arguments',
    ],
    wrong: `
servers: { files: stdio({ command: 'npx -y files-mcp@1.2.3' }) },
`,
    right: `
servers: { files: stdio({ command: 'npx', args: ['-y', 'files-mcp@1.2.3'] }) },
`,
  },
  GW2015: {
    severity: 'error',
    title: 'a literal that looks like a credential',
    help: "write bearer('env:NAME') or secret('env:NAME'), and revoke the credential that was written here",
    why: `The value looks like a credential. A config is committed, reviewed
      and copied, and everything that it ever contained stays in the history
      of the repository: write a reference instead, and revoke the credential.
      Findings never repeat such a value.`,
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
} satisfies CodeTexts)

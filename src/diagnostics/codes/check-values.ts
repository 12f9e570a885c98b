// Codes of check, GW2: types, names, and the forms of values.
// In: nothing. Out: entries by code.
// INVARIANT: see entry.ts.

import type { CodeTexts } from './entry.ts'

export const CHECK_VALUES = Object.freeze({
  GW2003: {
    severity: 'error',
    title: 'wrong type',
    help: 'write a value of that type',
    why: `The value is of another type than the key takes. Nothing is converted:
      \`'100'\` compares otherwise than \`100\`, and a duration without a unit is
      seconds for one reader and milliseconds for the next.`,
    causes: [
      'a number in quotes, or a number where a duration such as `30s` belongs',
      'one text where a list is wanted',
      'a list of tools without the server that has them',
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
    why: `The key takes one of a few words, and this is none of them. No safe meaning can be given to an unknown
      word.`,
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
    why: `The number or text is outside of what can work: a port above 65535, a
      limit of no calls, an empty command. To allow nothing, leave the \`allow\`
      entry out instead of writing a limit of zero.`,
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
    why: `Names of servers, roles, teams and limits stand in tool names, in the
      audit trail, in metrics and in the tokens file. One small alphabet keeps
      them readable and unambiguous in all of these; upper case would also make
      two names out of one on other systems.`,
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
    why: `A duration is a whole number and its unit: ms, s, m, h or d. Longer words,
      fractions and combinations are left out so that a duration has one
      spelling, which a reviewer reads at a glance.`,
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
    why: `A size is a number of bytes, or a whole number and its unit. kB, MB and GB
      go by 1000; KiB, MiB and GiB by 1024. Upper and lower case matter, because
      \`mb\` could be either.`,
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
    why: `In a pattern every character stands for itself, but \`*\`, which stands for
      any run of characters. Other signs would match letter by letter and thereby
      nothing: an \`allow\` would be too narrow, and a \`deny\` would deny nothing.
      There is no negation, because \`deny\` says it and wins over every \`allow\`.`,
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
    severity: 'error',
    title: 'malformed instant',
    help: "write ISO 8601: '2026-11-22' or '2026-11-22T18:00:00Z'",
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
    severity: 'error',
    title: 'a constraint that nothing satisfies',
    help: 'correct or remove it',
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
    severity: 'error',
    title: 'malformed secret reference',
    help: "write 'env:NAME' or 'file:/run/secrets/name'",
    why: `A config says where a secret stands, never the secret: \`env:NAME\` or
      \`file:/path\`. It is read when the server is connected. Nothing fills in
      placeholders such as \`\${NAME}\`, and a reference that is written as a mere text
      would be sent to the server as it stands. In JSON write
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
    severity: 'error',
    title: 'malformed text',
    help: 'write it in the form named',
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
    severity: 'error',
    title: 'a literal that looks like a credential',
    help: "write bearer('env:NAME') or secret('env:NAME'), and revoke what was written here",
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
} satisfies CodeTexts)

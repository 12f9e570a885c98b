// Long forms of GW2000 to GW2009: keys, types, names, forms.
// In: nothing. Out: a frozen table.
// INVARIANT: see long-form.ts.

import type { LongForms } from './long-form.ts'

export const GW200: LongForms<'GW200'> = Object.freeze({
  GW2001: {
    why: `A key that the config language does not have would be ignored, and what
      its author relied on would not happen. A misspelt \`deny\` is the case that
      matters: nobody would notice until somebody calls the tool.`,
    causes: [
      'a typing error',
      'a word of another tool: the help says what it is called here',
    ],
    wrong: `
roles: {
  reader: { allow: { github: ['*'] }, dney: { github: ['delete_*'] } },
},
`,
    right: `
roles: {
  reader: { allow: { github: ['*'] }, deny: { github: ['delete_*'] } },
},
`,
  },
  GW2002: {
    why: `Without this key the object means nothing: a server without an address, a
      token without an expiry. No default could be right for everyone, so there
      is none.`,
    causes: [
      'the value came out as undefined: a config sees no environment variables',
      'a server lacks its `type`: http({ … }) and stdio({ … }) fill it in',
    ],
    wrong: `
servers: { github: http({ headers: { 'x-team': 'docs' } }) },
`,
    right: `
servers: {
  github: http({
    url: 'https://example.com/mcp',
    headers: { 'x-team': 'docs' },
  }),
},
`,
  },
  GW2003: {
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
    why: `The key takes one of a few words, and this is none of them. A word that
      nobody knows cannot be given a meaning that is safe.`,
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
})

// Codes of check, GW2: keys that are unknown, missing or at odds.
// In: nothing. Out: entries by code.
// INVARIANT: see entry.ts.

import type { CodeTexts } from './entry.ts'

export const CHECK_KEYS = Object.freeze({
  GW2001: {
    severity: 'error',
    title: 'unknown key',
    help: 'remove the key',
    why: `The config language does not have this key. If the gateway ignored
      it, what the author relied on would not happen. A misspelt \`deny\` is
      the dangerous case: nobody would find out until somebody calls the
      tool.`,
    causes: [
      'a typing error',
      'a key of another program: the help names the key of this config language',
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
    severity: 'error',
    title: 'a key is missing',
    help: 'add the key',
    why: `Without this key the object has no meaning, such as a server without
      an address or a token without an expiry. No default would be right for
      everyone, so there is none.`,
    causes: [
      'the value is undefined: a config cannot read environment variables',
      'a server has no `type`: http({ … }) and stdio({ … }) add it',
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
  GW2018: {
    severity: 'error',
    title: 'keys that cannot be used together',
    help: 'keep one of them, or add what is missing',
    why: `These keys exclude each other, or one needs the other. The author
      may mean any of them, so the gateway ignores none. A limit needs a
      number and a time, an expectation needs exactly one role, team or token,
      a condition needs exactly one operator.`,
    wrong: `
limits: { slow: { on: { github: ['*'] }, calls: 60, each: 'token' } },
`,
    right: `
limits: {
  slow: { on: { github: ['*'] }, calls: 60, per: 'minute', each: 'token' },
},
`,
  },
} satisfies CodeTexts)

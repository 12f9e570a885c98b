// Codes of check, GW2: keys that are unknown, missing or at odds.
// In: nothing. Out: entries by code.
// INVARIANT: see entry.ts.

import type { CodeTexts } from './entry.ts'

export const CHECK_KEYS = Object.freeze({
  GW2001: {
    severity: 'error',
    title: 'unknown key',
    help: 'remove the key',
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
    severity: 'error',
    title: 'a key is missing',
    help: 'add the key',
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
  GW2018: {
    severity: 'error',
    title: 'keys that do not go together',
    help: 'keep one of them, or add what is missing',
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
    severity: 'info',
    title: 'a setting without effect in this release',
    help: 'this release checks its shape and does nothing else with it',
    why: `The key is part of the config language, and its shape is checked, but this
      release does not act on it yet. The finding exists so that nobody relies on the setting.`,
    wrong: `
listen: { behindProxy: ['10.0.0.0/8'] },
`,
    right: `
listen: { port: 4600 },
`,
  },
} satisfies CodeTexts)

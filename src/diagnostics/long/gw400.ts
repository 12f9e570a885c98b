// Long forms of GW4001 to GW4009: lints of entries, roles, limits.
// In: nothing. Out: a frozen table.
// INVARIANT: see long-form.ts.

import type { LongForms } from './long-form.ts'

export const GW400: LongForms<'GW400'> = Object.freeze({
  GW4001: {
    why: `No team, no token and no other role names this role, so what it allows
      reaches nobody. Often its holders went to another role, or were forgotten.
      A config in which nobody has any role yet is left in peace.`,
    wrong: `
roles: { reader: { allow: { github: ['get_*'] } }, writer: {} },
teams: { docs: { roles: ['reader'] } },
`,
    right: `
roles: { reader: { allow: { github: ['get_*'] } }, writer: {} },
teams: { docs: { roles: ['reader'] }, authors: { roles: ['writer'] } },
`,
  },
  GW4002: {
    why: `No role allows a tool, a resource or a prompt of this server. The gateway
      connects to it, with its credential, for nobody.`,
    wrong: `
servers: {
  github: http({ url: 'https://example.com/mcp' }),
  files: stdio({ command: 'files-mcp' }),
},
roles: { reader: { allow: { github: ['get_*'] } } },
`,
    right: `
servers: { github: http({ url: 'https://example.com/mcp' }) },
roles: { reader: { allow: { github: ['get_*'] } } },
`,
  },
  GW4003: {
    why: `A pattern of an \`allow\` matches tools which, by their own annotations,
      may destroy something. Such a grant should be meant by name: with a pattern
      the next one comes by itself. Tools that the same role denies do not count,
      and a tool without annotations is not called destructive.`,
    wrong: `
roles: { keeper: { allow: { github: ['*'] } } },
teams: { docs: { roles: ['keeper'] } },
`,
    right: `
roles: { keeper: { allow: { github: ['*'] }, deny: { github: ['delete_*'] } } },
teams: { docs: { roles: ['keeper'] } },
`,
    locked: true,
  },
  GW4004: {
    why: `The server is locked, and nothing in the lock matches the pattern. It
      allows, denies or counts nothing. A name without \`*\` that is not locked is
      the error GW3012; a pattern may be there for tools to come.`,
    causes: [
      'a typing error, or another case: patterns tell `A` from `a`',
      'the prefix that clients see, which rules never have',
      'a server that has more tools by now than when it was locked',
    ],
    wrong: `
roles: { reader: { allow: { github: ['list*', 'read-*'] } } },
`,
    right: `
roles: { reader: { allow: { github: ['list*', 'read_*'] } } },
`,
    locked: true,
  },
  GW4005: {
    why: `The pattern matches one name in the lock. The name itself says more to a
      reader, and does not grow when the server does. \`'*'\` by itself is never
      reported.`,
    wrong: `
roles: { reader: { allow: { github: ['list_*'] } } },
`,
    right: `
roles: { reader: { allow: { github: ['list_issues'] } } },
`,
    locked: true,
  },
  GW4006: {
    why: `What is denied is allowed by no role, so that the entry takes nothing
      away: what no role allows is refused anyway. It is reported of locked
      servers alone, where the lock says what there is; elsewhere a deny is a
      precaution.`,
    causes: ['an allow that was removed, and left its deny behind'],
    wrong: `
roles: {
  reader: { allow: { github: ['get_issue'] }, deny: { github: ['delete_file'] } },
},
`,
    right: `
roles: { reader: { allow: { github: ['get_issue'] } } },
`,
    locked: true,
  },
  GW4007: {
    why: `A deny of the same role covers everything that this entry allows, and a
      deny always wins. One of the two is not what was meant. A deny with a
      condition covers nothing whole.`,
    wrong: `
roles: {
  writer: {
    allow: { github: ['create_file', 'delete_file'] },
    deny: { github: ['delete_*'] },
  },
},
`,
    right: `
roles: {
  writer: {
    allow: { github: ['create_file'] },
    deny: { github: ['delete_*'] },
  },
},
`,
  },
  GW4008: {
    why: `Nobody whom the limit is for may use anything that it counts, so it never
      counts. It looks like a protection and is none.`,
    causes: [
      'a limit that counts by the names clients see',
      'a role or team in `for` that no longer has the tools',
    ],
    wrong: `
roles: { reader: { allow: { github: ['get_*'] } } },
limits: {
  searches: { on: { github: ['search_*'] }, calls: 20, per: 'hour' },
},
`,
    right: `
roles: { reader: { allow: { github: ['get_*', 'search_*'] } } },
limits: {
  searches: { on: { github: ['search_*'] }, calls: 20, per: 'hour' },
},
`,
  },
  GW4009: {
    why: `\`tokens.maxAge\` bounds how long a token may live. What leaks is good
      until it expires or somebody notices; 90 days, the default, are a common
      bound, and a token can be rotated long before.`,
    wrong: `
tokens: { maxAge: '365d' },
`,
    right: `
tokens: { maxAge: '90d' },
`,
  },
})

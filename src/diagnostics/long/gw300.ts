// Long forms of GW3000 to GW3009: references, exposed names, conditions.
// In: nothing. Out: a frozen table.
// INVARIANT: see long-form.ts.

import type { LongForms } from './long-form.ts'

export const GW300: LongForms<'GW300'> = Object.freeze({
  GW3001: {
    why: `The entry names a server that this config does not declare. It would allow
      or deny nothing, and the server that was meant would go without its rule.`,
    causes: [
      'a typing error, or a server that was renamed',
      '`*` as a server: patterns stand for tools alone, so name each server',
    ],
    wrong: `
roles: { reader: { allow: { githb: ['get_*'] } } },
`,
    right: `
roles: { reader: { allow: { github: ['get_*'] } } },
`,
  },
  GW3002: {
    why: `A role that is not declared grants nothing and, worse, denies nothing. A
      team, a token, a limit or another role relies on it here.`,
    causes: ['a role that was renamed or removed while tokens still name it'],
    wrong: `
roles: { reader: { allow: { github: ['get_*'] } } },
teams: { docs: { roles: ['raeder'] } },
`,
    right: `
roles: { reader: { allow: { github: ['get_*'] } } },
teams: { docs: { roles: ['reader'] } },
`,
  },
  GW3003: {
    why: `The team is not declared. A limit for it would bound nobody, a token of it
      would have no roles, and an expectation about it would say nothing.`,
    wrong: `
roles: { reader: {} },
teams: { interns: { roles: ['reader'] } },
limits: {
  slow: { on: { github: ['*'] }, for: { teams: ['intern'] }, concurrent: 2 },
},
`,
    right: `
roles: { reader: {} },
teams: { interns: { roles: ['reader'] } },
limits: {
  slow: { on: { github: ['*'] }, for: { teams: ['interns'] }, concurrent: 2 },
},
`,
  },
  GW3004: {
    why: `An expectation is about a token that no record describes. It would hold
      whatever the rules say, which is worse than having none.`,
    causes: ['the record was removed: revoked records may stay in the file'],
    wrong: `
tests: {
  'ann cannot delete': { token: 'abcdefghijkl', deny: { github: ['delete'] } },
},
`,
    right: `
roles: { reader: {} },
tests: {
  'readers cannot delete': { role: 'reader', deny: { github: ['delete'] } },
},
`,
  },
  GW3005: {
    why: `Each of these roles has what the next one has, so all of them are one role
      under several names. That is never meant, and whoever reads one of them
      cannot tell what it grants.`,
    wrong: `
roles: {
  reader: { extends: ['writer'], allow: { github: ['get_*'] } },
  writer: { extends: ['reader'], allow: { github: ['create_*'] } },
},
`,
    right: `
roles: {
  reader: { allow: { github: ['get_*'] } },
  writer: { extends: ['reader'], allow: { github: ['create_*'] } },
},
`,
  },
  GW3006: {
    why: `Two tools would be exposed under one name, and a call could not say which
      of them it is for. Neither is chosen, because which server gets a call, and
      the arguments in it, must not depend on an order.`,
    causes: [
      'two servers whose `prefix` is empty',
      'two tools that `rename` gives one name',
    ],
    wrong: `
servers: {
  github: http({
    url: 'https://example.com/mcp',
    rename: { search_code: 'search', search_issues: 'search' },
  }),
},
`,
    right: `
servers: {
  github: http({
    url: 'https://example.com/mcp',
    rename: { search_code: 'code', search_issues: 'issues' },
  }),
},
`,
  },
  GW3007: {
    why: `Clients pass tool names on to a model, whose interface takes names of up to
      64 letters, digits, \`_\` and \`-\` that begin with a letter or \`_\`. A single
      tool outside of that makes some clients refuse the whole list.`,
    wrong: `
servers: { math: stdio({ command: 'math-mcp', prefix: '' }) },
roles: { reader: { allow: { math: ['2d_plot'] } } },
`,
    right: `
servers: {
  math: stdio({ command: 'math-mcp', prefix: '', rename: { '2d_plot': 'plot' } }),
},
roles: { reader: { allow: { math: ['2d_plot'] } } },
`,
  },
  GW3009: {
    why: `Each \`allow\` entry grants on its own. Another entry of the same role allows
      the same tool without the condition, so the condition limits nothing: a
      reader would believe in a bound that is not there.`,
    causes: [
      'a pattern such as `*` beside a condition',
      'a role that it extends',
    ],
    wrong: `
roles: {
  merger: {
    allow: {
      github: ['*', { tool: 'merge', when: { owner: { equals: 'acme' } } }],
    },
  },
},
`,
    right: `
roles: {
  merger: {
    allow: {
      github: ['get_*', { tool: 'merge', when: { owner: { equals: 'acme' } } }],
    },
  },
},
`,
  },
})

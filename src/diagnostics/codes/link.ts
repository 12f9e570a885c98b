// Codes of link, GW3: names, and what follows from them.
// In: nothing. Out: entries by code.
// INVARIANT: see entry.ts.

import type { CodeTexts } from './entry.ts'

export const LINK = Object.freeze({
  GW3001: {
    severity: 'error',
    title: 'unknown server',
    help: 'declare it under `servers`',
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
    severity: 'error',
    title: 'unknown role',
    help: 'declare it under `roles`',
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
    severity: 'error',
    title: 'unknown team',
    help: 'declare it under `teams`',
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
    severity: 'error',
    title: 'unknown token',
    help: 'write the id of a token record',
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
    severity: 'error',
    title: 'roles extend each other in a circle',
    help: 'remove one `extends` of the circle',
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
    severity: 'error',
    title: 'two tools with one exposed name',
    help: 'give one of them another name with `rename`, or its server a `prefix`',
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
    severity: 'error',
    title: 'an exposed name that clients refuse',
    help: 'shorten or change it with `rename` or `prefix`',
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
    severity: 'error',
    title: 'a condition without effect',
    help: 'remove the unconditional entry, or the condition',
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
  GW3010: {
    severity: 'warning',
    title: 'a condition that another role of the token bypasses',
    help: 'remove one of the roles from the token, or the unconditional entry',
    why: `A token has several roles, and what one of them bounds by a condition
      another allows without. The token may then call the tool with any
      arguments. It is a warning, because each role by itself is sound.`,
    wrong: `
roles: {
  merger: {
    allow: { github: [{ tool: 'merge', when: { owner: { equals: 'acme' } } }] },
  },
  owner: { allow: { github: ['*'] } },
},
tokens: {
  grants: {
    abcdefghijkl: {
      subject: 'ann', roles: ['merger', 'owner'], sha256: '0'.repeat(64),
      created: '2026-11-01', expires: '2026-12-01',
    },
  },
},
`,
    right: `
roles: {
  merger: {
    allow: { github: [{ tool: 'merge', when: { owner: { equals: 'acme' } } }] },
  },
  owner: { allow: { github: ['*'] } },
},
tokens: {
  grants: {
    abcdefghijkl: {
      subject: 'ann', roles: ['merger'], sha256: '0'.repeat(64),
      created: '2026-11-01', expires: '2026-12-01',
    },
  },
},
`,
  },
  GW3011: {
    severity: 'error',
    title: 'an expectation that nothing can decide',
    help: 'name the tools: a pattern needs a lock to know what it stands for',
    why: `What a pattern stands for depends on the tools that the server has. As long
      as no lock lists them, an expectation about a pattern could neither hold nor
      fail. Name the tools that matter.`,
    wrong: `
roles: { reader: {} },
tests: { 'readers only read': { role: 'reader', deny: { github: ['delete_*'] } } },
`,
    right: `
roles: { reader: {} },
tests: { 'readers only read': { role: 'reader', deny: { github: ['delete_file'] } } },
`,
  },
  GW3012: {
    severity: 'error',
    title: 'a tool or prompt that the lock does not have',
    help: 'write a locked name; if the server has it now, run `gateway lock`',
    why: `The server is locked, and the lock has no tool, prompt or rename of that
      name. As an allow it would grant nothing, as a deny it would deny nothing;
      both look as if they did.`,
    causes: [
      'a typing error',
      'the name that clients see: rules name tools as the server does',
      'a server that has the tool since it was locked: run `gateway lock`',
    ],
    wrong: `
roles: { reader: { allow: { github: ['get_isue'] } } },
`,
    right: `
roles: { reader: { allow: { github: ['get_issue'] } } },
`,
    locked: true,
  },
  GW3013: {
    severity: 'error',
    title: 'a condition on an argument that the tool does not have',
    help: 'name a property of its input schema',
    why: `The input schema in the lock has no property of that name. On an allow
      such a condition never holds, so that nobody may call the tool; on a deny
      it always does.`,
    causes: ['a typing error, or an argument that the server has renamed'],
    wrong: `
roles: {
  reader: {
    allow: { github: [{ tool: 'get_issue', when: { ownr: { equals: 'acme' } } }] },
  },
},
`,
    right: `
roles: {
  reader: {
    allow: { github: [{ tool: 'get_issue', when: { owner: { equals: 'acme' } } }] },
  },
},
`,
    locked: true,
  },
  GW3014: {
    severity: 'error',
    title: 'an expectation whose pattern matches nothing',
    help: 'correct the pattern; an expectation about nothing always holds',
    why: `The pattern of an expectation matches nothing that is locked. An
      expectation about nothing always holds, and so says nothing.`,
    causes: ['a typing error, or tools that the server no longer has'],
    wrong: `
roles: { reader: {} },
tests: { 'readers only read': { role: 'reader', deny: { github: ['remove_*'] } } },
`,
    right: `
roles: { reader: {} },
tests: { 'readers only read': { role: 'reader', deny: { github: ['delete_*'] } } },
`,
    locked: true,
  },
} satisfies CodeTexts)

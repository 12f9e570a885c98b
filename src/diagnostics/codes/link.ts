// Codes of link, GW3: names, and what follows from them.
// In: nothing. Out: entries by code.
// INVARIANT: see entry.ts.

import type { CodeTexts } from './entry.ts'

export const LINK = Object.freeze({
  GW3001: {
    severity: 'error',
    title: 'unknown server',
    help: 'declare it under `servers`',
    why: `The entry names a server that this config does not declare. The
      entry would allow or deny nothing, and the server that the author meant
      would have no rule.`,
    causes: [
      'a typing error, or a server that was renamed',
      '`*` in place of a server: patterns match tools only, so name each server',
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
    why: `A team, a token, a limit or another role uses a role that is not
      declared. Such a role grants nothing and, worse, denies nothing.`,
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
    why: `The team is not declared. A limit for it would apply to nobody, a
      token of it would have no roles, and an expectation about it would test
      nothing.`,
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
    title: 'unknown token or group',
    help: 'write the id of a token record, or a group of `login.teams.map`',
    why: `The expectation names a token that has no record, or a group that no
      team is given for. It would hold with any rules, which is worse than no
      expectation.`,
    causes: ['the record was removed: a revoked record may stay in the file'],
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
    why: `Each of these roles extends the next one, so all of them are one
      role with several names. Nobody wants that, and a reader of one of the
      roles cannot see what it grants.`,
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
    why: `Two tools would have the same exposed name, so a call could not
      identify one of them. The gateway does not choose, because an order must
      not decide which server gets a call and its arguments.`,
    causes: [
      'two servers whose `prefix` is empty',
      'two tools that `rename` gives the same name',
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
    why: `Clients pass the names of tools on to a model. Many models accept
      names of up to 64 letters, digits, \`_\` and \`-\` that begin with a
      letter or \`_\`. Some clients refuse the whole list because of one name
      that has another form.`,
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
    why: `Each \`allow\` entry grants on its own. Another entry of the same
      role allows the same tool without the condition, so the condition limits
      nothing, although a reader would expect a limit.`,
    causes: [
      'a pattern such as `*` beside a condition',
      'an entry of a role that this role extends',
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
    why: `The token has several roles: one role allows the tool with a
      condition, another role allows it without one. The token may therefore
      call the tool with any arguments. This is a warning, because each role
      by itself is valid.`,
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
    title: 'an expectation that cannot be decided',
    help: 'name the tools: only a lock lists the tools that a pattern matches',
    why: `The tools that a pattern matches depend on the tools of the server.
      While no lock lists them, an expectation about a pattern can neither
      hold nor fail. Name the tools that matter.`,
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
    why: `The server is locked, and the lock contains no tool, prompt or
      rename of that name. An allow of it would grant nothing, and a deny of
      it would deny nothing, although both look as if they did.`,
    causes: [
      'a typing error',
      'the name that clients see: rules use the names of tools at the server',
      'a server that got the tool after it was locked: run `gateway lock`',
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
    why: `The input schema in the lock has no property of that name. On an
      allow such a condition never holds, so nobody may call the tool. On a
      deny it always holds.`,
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
    help: 'correct the pattern: an expectation that matches nothing always holds',
    why: `The pattern of the expectation matches nothing in the lock. Such an
      expectation always holds, so it tests nothing.`,
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
  GW3015: {
    severity: 'error',
    title: 'two files of the gateway at one path',
    help: 'write another path for one of them, or leave both out: `state` gives each a name of its own',
    why: `The gateway writes its key, its audit, its grants and the revocations
      of its host, and reads the tokens file. Each is a file or a folder of its
      own. With one path for two of them, the second would destroy the first,
      or the gateway would not start.`,
    causes: [
      'a path that was copied from another key',
      '`state` is the path of a file, not of a folder',
    ],
    wrong: `
export default { servers: {}, key: 'own/gateway', audit: { file: 'own/gateway' } }
`,
    right: `
export default { servers: {}, state: 'own' }
`,
  },
} satisfies CodeTexts)

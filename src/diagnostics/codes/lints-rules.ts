// Codes of lints, GW4: roles, their entries, limits and expectations.
// In: nothing. Out: entries by code.
// INVARIANT: see entry.ts.

import type { CodeTexts } from './entry.ts'

export const LINTS_RULES = Object.freeze({
  GW4001: {
    severity: 'warning',
    title: 'a role that no team, token or role uses',
    help: 'give it to a team or a token, or remove it',
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
    severity: 'warning',
    title: 'a server that no role may use',
    help: 'allow some of it in a role, or remove it',
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
    severity: 'warning',
    title: 'a pattern that reaches destructive tools',
    help: 'write out the tools that are meant, or `deny` the destructive ones',
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
    severity: 'warning',
    title: 'a pattern that matches nothing in the lock',
    help: 'correct it, or run `gateway lock` if the server has more by now',
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
    severity: 'warning',
    title: 'a pattern that matches one name',
    help: 'write the name out, unless more like it are to come',
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
    severity: 'warning',
    title: 'a deny that removes nothing',
    help: 'remove it, or correct the name',
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
    severity: 'warning',
    title: 'an allow that a deny cancels completely',
    help: 'remove one of them',
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
    severity: 'warning',
    title: 'a limit that never applies',
    help: 'correct `on`, what it counts, or `for`, whose calls',
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
  GW4012: {
    severity: 'warning',
    title: 'two roles with the same grants',
    help: 'keep one of them, or let one extend the other',
    why: `Two roles allow and deny the same: by name where a server is locked, as
      written elsewhere. A change to the one will be forgotten in the other. A
      role that only extends another is a second name on purpose, and not
      reported.`,
    wrong: `
roles: {
  reader: { allow: { github: ['get_*', 'list_*'] } },
  viewer: { allow: { github: ['list_*', 'get_*'] } },
},
`,
    right: `
roles: {
  reader: { allow: { github: ['get_*', 'list_*'] } },
  viewer: { extends: ['reader'] },
},
`,
  },
  GW4013: {
    severity: 'warning',
    title: 'a duplicate expectation',
    help: 'remove one of them',
    why: `Another expectation asks the same of the same roles, by the same name or
      by a pattern, so that this one can only hold or fail with it. What is said
      twice has to be changed twice.`,
    wrong: `
roles: { reader: {} },
teams: { docs: { roles: ['reader'] } },
tests: {
  'readers never delete': { role: 'reader', deny: { github: ['delete_file'] } },
  'docs never delete': { team: 'docs', deny: { github: ['delete_file'] } },
},
`,
    right: `
roles: { reader: {} },
teams: { docs: { roles: ['reader'] } },
tests: {
  'readers never delete': { role: 'reader', deny: { github: ['delete_file'] } },
},
`,
  },
  GW4014: {
    severity: 'warning',
    title:
      'one principal can read private data and untrusted text, and send data out',
    help: 'remove one of the three grants, or constrain its arguments: a text that an agent reads may tell it to send the private data',
    why: `An agent does what it reads. Whoever can place a text where it will read
      it can then have it look up what is private and send that out, if one
      principal holds all three. What a tool does is judged by its own
      annotations in the lock: \`readOnlyHint\` with \`openWorldHint: false\` reads
      private data, with \`openWorldHint: true\` text from anywhere; a tool that is
      not read-only and of the open world writes outside. Tools that do not state
      \`openWorldHint\` are not judged.`,
    wrong: `
roles: {
  helper: { allow: { github: ['read_note', 'fetch_page', 'post_comment'] } },
},
`,
    right: `
roles: {
  helper: { allow: { github: ['read_note', 'fetch_page'] } },
  poster: { allow: { github: ['post_comment'] } },
},
`,
    locked: true,
  },
  GW4017: {
    severity: 'warning',
    title: 'more tools than an agent can tell apart',
    help: 'narrow its roles, or issue tokens with `--tools`',
    why: `A model is told of every tool that its token sees, in every
      conversation. Among more than 40 it chooses worse and pays for each; some
      clients cut the list. Only locked tools are counted.`,
    causes: [
      'a `*` over a large server',
      'a token with several roles, which could be several tokens',
    ],
  },
  GW4021: {
    severity: 'warning',
    title: 'a name that only clients see',
    help: 'rules name tools as the server does, without the prefix',
    why: `Clients see \`github__get_issue\`; the server calls it \`get_issue\`, and so
      do rules, limits and expectations. A name copied from a client matches
      nothing. Where the server is locked, the lock says so itself (GW3012,
      GW4004).`,
    wrong: `
roles: { reader: { allow: { github: ['github__get_issue'] } } },
`,
    right: `
roles: { reader: { allow: { github: ['get_issue'] } } },
`,
  },
} satisfies CodeTexts)

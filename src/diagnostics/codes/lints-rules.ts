// Codes of lints, GW4: roles, their entries, limits and expectations.
// In: nothing. Out: entries by code.
// INVARIANT: see entry.ts.

import type { CodeTexts } from './entry.ts'

export const LINTS_RULES = Object.freeze({
  GW4001: {
    severity: 'warning',
    title: 'a role that no team, token or role uses',
    help: 'give it to a team or a token, or remove it',
    why: `No team, no token and no other role uses this role, so nobody has
      what it allows. Often its holders were given another role, or were
      forgotten. While nobody has any role, this is not reported.`,
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
    why: `No role allows a tool, a resource or a prompt of this server. The
      gateway connects to it, with its credential, although nobody can use
      it.`,
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
    help: 'name the tools that you want to allow, or `deny` the destructive ones',
    why: `A pattern of an \`allow\` matches tools that may destroy something,
      as their own annotations state. Name such tools one by one: a pattern
      also allows the destructive tools that the server adds later. Tools that
      the same role denies do not count, and a tool without annotations does
      not count as destructive.`,
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
    help: 'correct it, or run `gateway lock` if the server has more tools now',
    why: `The server is locked, and nothing in the lock matches the pattern,
      so the entry allows, denies or counts nothing. For a name without \`*\`
      this is the error GW3012; a pattern may be meant for tools that the
      server adds later.`,
    causes: [
      'a typing error, or upper in place of lower case: `A` does not match `a`',
      'the prefix that clients see: names in rules have no prefix',
      'a server that got more tools after it was locked',
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
    help: 'write the name, unless you expect more names that match',
    why: `The pattern matches exactly one name in the lock. The name itself is
      clearer to a reader, and it does not match more when the server adds
      tools. The pattern \`'*'\` is never reported.`,
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
    why: `No role allows what this entry denies, so the entry changes nothing:
      whatever no role allows is refused anyway. This is reported only for
      locked servers, where the lock lists all tools; for other servers a deny
      is a precaution.`,
    causes: ['the allow was removed, and the deny was not'],
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
    why: `A deny of the same role covers everything that this entry allows,
      and a deny always wins. One of the two entries is a mistake. A deny with
      a condition never covers an entry completely.`,
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
    help: 'correct `on`, which tools it counts, or `for`, whose calls it counts',
    why: `Nobody to whom the limit applies may use anything that it counts, so
      it never counts a call. It looks like a protection and has no effect.`,
    causes: [
      'a limit whose `on` uses the names that clients see',
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
    why: `Two roles allow and deny the same: compared by name where a server
      is locked, and as written elsewhere. Somebody will change one of them
      and forget the other. A role that only extends another role is a second
      name on purpose and is not reported.`,
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
    why: `Another expectation tests the same for the same roles, by the same
      name or by a pattern, so both always hold or fail together. Each later
      change has to be made twice.`,
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
    help: 'remove one of the three grants, or constrain its arguments: a text that an agent reads may instruct it to send the private data',
    why: `An agent may follow instructions in the texts that it reads.
      Somebody who can place a text where the agent reads it can make the
      agent read private data and send it out, if one principal may do all
      three. The annotations in the lock decide what a tool does:
      \`readOnlyHint\` with \`openWorldHint: false\` reads private data;
      \`readOnlyHint\` with \`openWorldHint: true\` reads text from anywhere;
      a tool with \`openWorldHint: true\` that is not read-only writes
      outside. Tools that do not state \`openWorldHint\` are not judged.`,
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
    why: `A client gives the model every tool that its token may see, in every
      conversation. With more than 40 tools a model chooses worse, and each
      tool costs tokens; some clients shorten the list. Only locked tools are
      counted.`,
    causes: [
      'a `*` over a large server',
      'a token with several roles, which could be several tokens',
    ],
  },
  GW4021: {
    severity: 'warning',
    title: 'a name that only clients see',
    help: 'rules use the names of tools at the server, without the prefix',
    why: `Clients see \`github__get_issue\`; the server itself calls it
      \`get_issue\`, and rules, limits and expectations use the name of the
      server. A name that was copied from a client matches nothing. For a
      locked server this is reported as GW3012 or GW4004.`,
    wrong: `
roles: { reader: { allow: { github: ['github__get_issue'] } } },
`,
    right: `
roles: { reader: { allow: { github: ['get_issue'] } } },
`,
  },
} satisfies CodeTexts)

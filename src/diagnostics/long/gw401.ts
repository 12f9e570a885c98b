// Long forms of GW4010 to GW4019: lints of servers, roles, tokens.
// In: nothing. Out: a frozen table.
// INVARIANT: see long-form.ts.

import type { LongForms } from './long-form.ts'

export const GW401: LongForms<'GW401'> = Object.freeze({
  GW4010: {
    why: `The command fetches a package and runs it, in whatever version there is
      on that day. A release that nobody has reviewed then runs beside the
      gateway, with the credentials that its \`env\` holds. A range or a tag such
      as \`latest\` is not a version; of a git address only a whole commit is.`,
    wrong: `
servers: {
  notes: stdio({ command: 'npx', args: ['-y', 'notes-mcp'] }),
},
`,
    right: `
servers: {
  notes: stdio({ command: 'npx', args: ['-y', 'notes-mcp@1.4.2'] }),
},
`,
  },
  GW4011: {
    why: `Calls, answers and the credential in the headers travel in the clear, for
      everybody between this host and that one to read and to change. Loopback
      addresses are never reported.`,
    wrong: `
servers: { wiki: http({ url: 'http://wiki.example/mcp' }) },
`,
    right: `
servers: { wiki: http({ url: 'https://wiki.example/mcp' }) },
`,
  },
  GW4012: {
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
  GW4015: {
    why: `The token is good for 14 more days at most, and no other token replaces
      it. Its holder is refused from then on. This is the one lint that depends
      on the day: it never changes the table.`,
    wrong: `
roles: { reader: {} },
tokens: {
  grants: {
    abcdefghijkl: {
      subject: 'ann', roles: ['reader'], sha256: '0'.repeat(64),
      created: '2026-11-01', expires: '2026-12-01',
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
      created: '2026-11-01', expires: '2026-12-01',
    },
    mnopqrstuvwx: {
      subject: 'ann', roles: ['reader'], sha256: '1'.repeat(64),
      created: '2026-11-20', expires: '2027-01-20', replaces: 'abcdefghijkl',
    },
  },
},
`,
  },
  GW4016: {
    why: `Some clients put words of their own before the name of a tool and take 64
      characters in all; 46 leave room for that. Over 64 it is the error GW3006.
      \`rename\` replaces the tool's part and \`prefix\` the server's; neither
      changes who may call.`,
    wrong: `
roles: {
  reader: { allow: { github: ['get_the_most_recent_issues_of_a_repository'] } },
},
`,
    right: `
servers: {
  github: http({
    url: 'https://example.com/mcp',
    rename: { get_the_most_recent_issues_of_a_repository: 'recent_issues' },
  }),
},
roles: {
  reader: { allow: { github: ['get_the_most_recent_issues_of_a_repository'] } },
},
`,
  },
  GW4017: {
    why: `A model is told of every tool that its token sees, in every
      conversation. Among more than 40 it chooses worse and pays for each; some
      clients cut the list. Only locked tools are counted.`,
    causes: [
      'a `*` over a large server',
      'a token with several roles, which could be several tokens',
    ],
  },
  GW4018: {
    why: `A stdio server runs once for each token, so that nothing of one client
      reaches another. With many tokens these are many processes; over
      \`maxSessions\` the next is refused. A server that keeps nothing of a client
      can be shared.`,
    wrong: `
servers: {
  clock: stdio({ command: 'clock-mcp', maxSessions: 1 }),
},
roles: { reader: { allow: { clock: ['now'] } } },
tokens: {
  grants: {
    abcdefghijkl: {
      subject: 'ann', roles: ['reader'], sha256: '0'.repeat(64),
      created: '2026-11-20', expires: '2027-01-20',
    },
    mnopqrstuvwx: {
      subject: 'ben', roles: ['reader'], sha256: '1'.repeat(64),
      created: '2026-11-20', expires: '2027-01-20',
    },
  },
},
`,
    right: `
servers: {
  clock: stdio({ command: 'clock-mcp', isolation: 'shared' }),
},
roles: { reader: { allow: { clock: ['now'] } } },
tokens: {
  grants: {
    abcdefghijkl: {
      subject: 'ann', roles: ['reader'], sha256: '0'.repeat(64),
      created: '2026-11-20', expires: '2027-01-20',
    },
    mnopqrstuvwx: {
      subject: 'ben', roles: ['reader'], sha256: '1'.repeat(64),
      created: '2026-11-20', expires: '2027-01-20',
    },
  },
},
`,
  },
  GW4019: {
    why: `With \`roots\` in \`requests\` the server may ask a client for its folders.
      Servers of files then take those in place of the ones in their arguments:
      the client decides what is served, on the gateway's host.`,
    wrong: `
servers: {
  files: stdio({ command: 'files-mcp', args: ['docs'], requests: ['roots'] }),
},
`,
    right: `
servers: {
  files: stdio({ command: 'files-mcp', args: ['docs'], requests: [] }),
},
`,
  },
})

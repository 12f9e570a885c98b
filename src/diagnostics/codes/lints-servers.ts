// Codes of lints, GW4: servers, listeners and tokens.
// In: nothing. Out: entries by code.
// INVARIANT: see entry.ts.

import type { CodeTexts } from './entry.ts'

export const LINTS_SERVERS = Object.freeze({
  GW4009: {
    severity: 'warning',
    title: 'tokens that may be valid for a long time',
    help: 'a leaked token is valid until it expires: 90 days are a common maximum',
    why: `\`tokens.maxAge\` limits how long a token is valid. A leaked token
      can be used until it expires or is revoked. The default of 90 days is a
      common limit, and a token can be rotated long before.`,
    wrong: `
tokens: { maxAge: '365d' },
`,
    right: `
tokens: { maxAge: '90d' },
`,
  },
  GW4010: {
    severity: 'warning',
    title: 'a package without a version',
    help: 'write the exact version after the name: NAME@1.2.3',
    why: `The command downloads a package and runs whatever version is current
      on that day. A release that nobody has reviewed then runs beside the
      gateway, with the credentials in its \`env\`. A range or a tag such as
      \`latest\` is not a version; for a git address only a full commit hash
      is one.`,
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
    severity: 'warning',
    title: 'an upstream without encryption',
    help: 'write https://, or run the server on this host',
    why: `Calls, answers and the credential in the headers are sent without
      encryption, so everybody between this host and the server can read and
      change them. Loopback addresses are never reported.`,
    wrong: `
servers: { wiki: http({ url: 'http://wiki.example/mcp' }) },
`,
    right: `
servers: { wiki: http({ url: 'https://wiki.example/mcp' }) },
`,
  },
  GW4015: {
    severity: 'warning',
    title: 'a token that expires soon',
    help: 'give its holder another with `gateway token rotate`',
    why: `The token is valid for at most 14 more days, and no other token
      replaces it. After that the gateway refuses its holder. This is the only
      lint that depends on the current day, and it never changes the table.`,
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
    severity: 'warning',
    title: 'an exposed name longer than some clients take',
    help: 'shorten it with `rename` or `prefix`',
    why: `Some clients put words of their own in front of the name of a tool
      and accept 64 characters in total, so a name of at most 46 characters is
      safe. A name of more than 64 characters is the error GW3007. \`rename\`
      replaces the part of the tool and \`prefix\` the part of the server;
      neither changes who may call the tool.`,
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
  GW4018: {
    severity: 'warning',
    title: 'a process for each of many tokens',
    help: "write isolation: 'shared' if the server stores nothing about a client",
    why: `A stdio server runs once for each token, so that no data of one
      client reaches another client. Many tokens therefore need many
      processes, and when \`maxSessions\` is reached, the next token is
      refused. A server that stores nothing about a client can be shared.`,
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
    severity: 'warning',
    title: 'folders that clients choose',
    help: "leave 'roots' out, unless clients should choose the folders of the server",
    why: `With \`roots\` in \`requests\` the server may ask a client for its
      folders. File servers then use these folders in place of the folders in
      their arguments, so the client decides which files of the gateway's host
      are served.`,
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
  GW4020: {
    severity: 'warning',
    title: 'a server that can reach the gateway’s own files',
    help: 'name only the folders that clients need: this one contains the key, the audit and the config of the gateway',
    why: `A file server may use the folder of the config, or a folder that
      contains it. The gateway's key, its audit files and this config are in
      that folder. Whoever may read files there can read the key; whoever may
      write files there can give himself a role.`,
    wrong: `
servers: {
  files: stdio({
    command: 'npx',
    args: ['-y', '@modelcontextprotocol/server-filesystem@2026.8.31', '.'],
  }),
},
`,
    right: `
servers: {
  files: stdio({
    command: 'npx',
    args: ['-y', '@modelcontextprotocol/server-filesystem@2026.8.31', 'docs'],
  }),
},
`,
  },
  GW4022: {
    severity: 'warning',
    title: 'an admin listener that other hosts can reach',
    help: 'listen on 127.0.0.1, or put TLS in front of it',
    why: `The admin listener uses plain HTTP. From another host its token is
      sent without encryption, and whoever reads the token can revoke every
      token and see who uses what. If only a proxy with TLS on a private
      network can connect to it, turn the lint off and give the reason in a
      comment.`,
    wrong: `
admin: { host: '0.0.0.0' },
`,
    right: `
admin: { host: '127.0.0.1' },
`,
  },
  GW4023: {
    severity: 'warning',
    title: 'invisible characters in the lock',
    help: 'read the text with the characters shown as `\\u{…}`, ask its author about them, and deny the tool until then',
    why: `A description, a name or a schema in the lock contains control
      characters, invisible characters, or characters that change the
      direction of text. A model reads them, but a person who looks at the
      tool in a client does not see them, so they can hide instructions to the
      model. The lock contains them as \`\u200b\`, the message shows them as
      \`\u{200b}\`, and \`gateway diff\` shows old and new text in the same
      way. Line breaks, joiners of scripts that need them, and emoji are not
      reported.`,
    causes: [
      'a server that an attacker controls, or whose author hides instructions to models',
      'a text with zero-width blanks that was copied from a page or a document',
      'a byte order mark at the start of a description that was read from a file',
    ],
  },
  GW4024: {
    severity: 'warning',
    title: 'a redirect address that changes at each start',
    help: 'write a port, or `listen.publicUrl`',
    why: `People who sign in to a server in a browser come back to an address
      of the gateway, which the authorization server must know. With port 0
      the system chooses another port at each start. So the gateway would
      have to register itself again each time, and a client that you have
      registered by hand would never fit.`,
    wrong: `
listen: { port: 0 },
servers: {
  linear: http({
    url: 'https://linear.example/mcp',
    auth: oauth({ as: 'gateway' }),
  }),
},
`,
    right: `
listen: { port: 4600 },
servers: {
  linear: http({
    url: 'https://linear.example/mcp',
    auth: oauth({ as: 'gateway' }),
  }),
},
`,
  },
  GW4025: {
    severity: 'warning',
    title: 'a server whose tools people see only after a sign-in',
    help: 'run `gateway lock SERVER`: it signs in with your own account',
    why: `Each person signs in to this server with an account of their own, and
      until then the gateway cannot ask the server what it offers. With a lock
      it lists the tools before anybody has signed in, and a role can be
      reviewed. \`gateway lock\` opens your browser, reads the definitions
      with your account, and forgets the token.`,
    causes: ['a server that was just added'],
    wrong: `
servers: {
  notion: http({
    url: 'https://notion.example/mcp',
    auth: oauth({ as: 'person' }),
  }),
},
`,
  },
  GW4026: {
    severity: 'warning',
    title: 'a tool behind which a server hides others',
    help: 'let the server list its tools one by one, or add a condition on that argument',
    why: `An argument of this tool chooses what runs: the name of another tool,
      an operation, or code. Roles grant tools by their names, so whoever may
      call this one may do everything behind it, and the audit names only
      this one. Some servers list their tools one by one if they are asked
      to, such as Atlassian with \`?tools=all\` in its address. Otherwise a
      condition can name the values that are allowed: \`when: { name:
      { in: ['search'] } }\`.`,
    causes: [
      'a server with a search tool and an execute tool in place of its many tools',
      'a server that runs code of the model',
    ],
  },
} satisfies CodeTexts)

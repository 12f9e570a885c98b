// Codes of lints, GW4: servers, listeners and tokens.
// In: nothing. Out: entries by code.
// INVARIANT: see entry.ts.

import type { CodeTexts } from './entry.ts'

export const LINTS_SERVERS = Object.freeze({
  GW4009: {
    severity: 'warning',
    title: 'tokens that may be valid for long',
    help: 'a leaked token is valid until it expires: 90 days are a common maximum',
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
  GW4010: {
    severity: 'warning',
    title: 'a package without a version',
    help: 'write the exact version behind it: NAME@1.2.3',
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
    severity: 'warning',
    title: 'an upstream without encryption',
    help: 'write https://, or keep it on this host',
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
  GW4015: {
    severity: 'warning',
    title: 'a token that expires soon',
    help: 'give its holder another with `gateway token rotate`',
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
    severity: 'warning',
    title: 'an exposed name longer than some clients take',
    help: 'shorten it with `rename` or `prefix`',
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
  GW4018: {
    severity: 'warning',
    title: 'a process for each of many tokens',
    help: "write isolation: 'shared' if the server keeps nothing of a client",
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
    severity: 'warning',
    title: 'folders that clients choose',
    help: "leave 'roots' out, unless clients should choose the folders of the server",
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
  GW4020: {
    severity: 'warning',
    title: 'a server that can reach the gateway’s own files',
    help: 'name the folders that are meant: its key, its audit and its config are in this one',
    why: `A server of files is given the config's own folder, or one around it. The
      gateway's key, its audit and this config lie there: who may read files could
      read the key, who may write them could grant himself a role.`,
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
    title: 'an admin listener that others reach',
    help: 'listen on 127.0.0.1, or put TLS in front of it',
    why: `The admin listener speaks plain HTTP. From another host its token travels in
      the clear, and whoever reads it there can revoke every token and see who
      uses what. Where only a proxy with TLS on a private network gets there, turn
      the lint off and say so beside it.`,
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
    why: `A description, a name or a schema in the lock holds controls, invisible signs,
      or signs that turn the direction of writing. A model reads them,
      whoever looks at the tool in a client does not: orders to the model can be
      hidden so. The lock spells them as \`\\u200b\`, the message shows them as \`\\u{200b}\`, and \`gateway diff\` shows the old and the new text
      in the same way. Line breaks, joiners of scripts that need them, and emoji
      are not meant.`,
    causes: [
      'a server that was taken over, or whose author hides orders to models',
      'a text copied from a page or a document, with its zero-width blanks',
      'a byte order mark in front of a description read from a file',
    ],
  },
} satisfies CodeTexts)

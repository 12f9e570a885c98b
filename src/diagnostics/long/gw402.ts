// Long forms of GW4020 and up: lints of what is easily overlooked.
// In: nothing. Out: a frozen table.
// INVARIANT: see long-form.ts.

import type { LongForms } from './long-form.ts'

export const GW402: LongForms<'GW402'> = Object.freeze({
  GW4020: {
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
  GW4021: {
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
  GW4022: {
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
})

// Long forms of GW1010 to GW1019: evaluating the config, the tokens file.
// In: nothing. Out: a frozen table.
// INVARIANT: see long-form.ts; no line begins with `import`, which would count
// as one of this file.

import type { LongForms } from './long-form.ts'

export const GW101: LongForms<'GW101'> = Object.freeze({
  GW1010: {
    why: `A config may use 128 MB, so that a mistake in it cannot take the memory
      of the host. The largest configs of thousands of tools need a few.`,
    causes: ['a list that grows in a loop without end'],
  },
  GW1011: {
    why: `The config is evaluated without the environment, files, processes and
      workers: it is code that came with a pull request. What it read there would
      also be missing from the review and from the list of watched files. Bring
      data in by \`import\`, and secrets by reference.`,
    causes: [
      'reading a file with `node:fs`: import it, as JSON or as code',
      'starting git or another program to learn something',
    ],
    wrong: [
      "import { readFileSync } from 'node:fs'",
      "const text = readFileSync('/etc/gateway/servers.json', 'utf8')",
      'export default { servers: JSON.parse(text) }',
    ].join('\n'),
    right: [
      "import servers from './servers.json'",
      'export default { servers }',
    ].join('\n'),
  },
  GW1012: {
    why: `A config is data: what it exports must be the same when it is written as
      JSON. Functions, dates, maps, promises, getters, NaN and circles have no
      such form, and what they stand for could not be reviewed.`,
    causes: [
      'exporting a function that returns the config',
      'a Date where a text such as `2026-11-22` is wanted',
      'an async helper that was not awaited',
    ],
    wrong: `
export default () => ({ servers: {} })
`,
    right: `
export default { servers: {} }
`,
  },
  GW1013: {
    why: `The config is evaluated twice, each time in a fresh engine: once in
      2001 and UTC, once in 2038 and another zone, with other chance. If the two differ, tomorrow's gateway would
      differ from the one that was reviewed today, and the digest would name
      neither.`,
    causes: [
      'an expiry that is computed from today',
      'a random id: write it out instead',
    ],
    wrong: `
const name = \`run-\${Math.random()}\`
export default { servers: {}, key: name }
`,
    right: `
export default { servers: {}, key: 'gateway.key' }
`,
  },
  GW1014: {
    why: `The bundler read the config, but part of it means something else than it
      seems to. It is a warning because the answer may still be right; the line
      shown is worth a look.`,
    causes: [
      '`module.exports` in an ES module',
      'comparing with NaN, or `typeof` with a word that it never gives',
    ],
    wrong: `
const port = 4600
if (typeof port === 'nunber') console.log(port)
export default { servers: {} }
`,
    right: `
const port = 4600
export default { servers: {}, listen: { port } }
`,
  },
  GW1015: {
    why: `The tokens file decides who may come in, so one fault in its syntax voids
      the whole of it: half of a list would be the worse answer. The command
      writes it; a merge in git may have left its marks.`,
    causes: ['a conflict of a merge that was not resolved', 'an edit by hand'],
    wrong: `
[token.abcdefghijkl]
subject = ann
`,
    right: `
`,
    language: 'toml',
  },
  GW1016: {
    why: `The tokens file holds one table a token, \`[token.<id>]\`, and nothing
      else. A misspelt table would be a token that silently does not exist, or a
      revocation that does not revoke.`,
    wrong: `
[tokens.abcdefghijkl]
subject = "ann"
`,
    right: `
`,
    language: 'toml',
  },
  GW1017: {
    why: `A config may hold 16 MiB of data, with all that it imports, which is more
      than ten thousand tools and tokens need. It may hold 250,000 values, at most
      64 levels deep, and 500,000 entries once each role has what it extends;
      aliases of YAML may stand for 100,000 values and 4 MiB. A text of more than
      500,000 words and signs is not read to its end. What is larger was made by
      mistake.`,
    causes: [
      'a text that was repeated or read in from elsewhere',
      'a long chain of roles, each of which extends the one before',
      'thousands of patterns beside thousands of conditions on one server',
    ],
  },
  GW1018: {
    why: `In an object that names a key twice the later one wins, and nothing says
      so. Of two roles of one name one would be gone, with what it denies.`,
    causes: ['two branches that added the same name, merged'],
    wrong: `
roles: {
  reader: { allow: { github: ['get_*'] } },
  reader: { allow: { files: ['read_*'] } },
},
`,
    right: `
roles: {
  reader: { allow: { github: ['get_*'], files: ['read_*'] } },
},
`,
  },
  GW1019: {
    why: `A config in YAML is read as plain data: texts, numbers, lists and maps. Tags,
      merge keys and several documents would make it say more than a reader sees.`,
    causes: [
      'a pattern that begins with `*` and stands without quotes',
      'a merge key `<<`: write out what it would bring in',
      'a second document behind `---`',
    ],
    wrong: `
servers:
  github: { type: http, url: !!str https://example.com/mcp }
`,
    right: `
servers:
  github: { type: http, url: https://example.com/mcp }
`,
    language: 'yaml',
  },
})

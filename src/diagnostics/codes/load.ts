// Codes of load, GW1: from the disk to plain values.
// In: nothing. Out: entries by code.
// INVARIANT: see entry.ts.

import type { CodeTexts } from './entry.ts'

export const LOAD = Object.freeze({
  GW1001: {
    severity: 'error',
    title: 'no config found',
    help: 'write one with `gateway init`, or name it with `--config FILE`',
    why: `Everything the gateway does comes from one config file, so without one
      there is nothing to judge: the exit code is 2. It is named gateway.config,
      with an ending such as .ts or .json, or stands as \`gateway\` in
      package.json. It is looked for in the folder and above it, as far as the
      nearest package.json.`,
    causes: [
      'the command runs in another folder than the config: give `--cwd FOLDER`',
      'the file has a name of its own: give `--config FILE`',
    ],
    wrong: `
$ cd /srv/elsewhere && gateway check
`,
    right: `
$ gateway check --cwd /srv/gateway
`,
    language: 'sh',
  },
  GW1002: {
    severity: 'error',
    title: 'two configs in one folder',
    help: 'keep one of them, or choose with `--config FILE`',
    why: `Two configs in one folder could say different things, and an order of
      precedence would decide silently which one protects you. The gateway never
      chooses: it is one file that reviewers read.`,
    causes: ['a config was converted, and the old file is still there'],
    wrong: `
$ ls
gateway.config.json  gateway.config.ts
`,
    right: `
$ git rm gateway.config.json
`,
    language: 'sh',
  },
  GW1003: {
    severity: 'error',
    title: 'a file cannot be read',
    help: 'check that it exists and that you may read it',
    why: `A file that the config needs is not there, is a folder, or may not be
      read by this user. What cannot be read cannot be judged, so the exit code
      is 2: neither OK nor not OK.`,
    causes: [
      'a path that was given by `--config` is misspelt',
      'the file belongs to another user',
    ],
  },
  GW1004: {
    severity: 'error',
    title: 'the config has a syntax error',
    help: 'correct the line shown, or the end of the one before',
    why: `The text cannot be read as TypeScript, JavaScript or JSON, so nothing in
      it can be judged. The place is where the reader could not go on: the fault
      is there, or at the end of the line before.`,
    causes: [
      'a comma is missing between two members',
      'a name with a hyphen stands without quotes as a key',
      'comments or a trailing comma in a .json file',
    ],
    wrong: `
roles: {
  docs-reader: { allow: { github: ['get_*'] } },
},
`,
    right: `
roles: {
  'docs-reader': { allow: { github: ['get_*'] } },
},
`,
  },
  GW1005: {
    severity: 'error',
    title: 'an import cannot be resolved',
    help: 'check the path, or install the package',
    why: `The config imports a file or a package that is not there, or a name that
      it does not export. Imports are resolved before anything runs, because all
      of them are part of what is reviewed and watched.`,
    causes: [
      'a relative path lacks `./` or its ending',
      'the package is not installed on this machine',
    ],
    wrong: [
      "import { roles } from 'roles'",
      'export default { servers: {}, roles }',
    ].join('\n'),
    right: [
      "import { roles } from './roles.ts'",
      'export default { servers: {}, roles }',
    ].join('\n'),
  },
  GW1006: {
    severity: 'error',
    title: 'the file holds no config',
    help: 'write `export default defineGateway({ … })`',
    why: `The gateway reads the default export of the config and nothing else. A
      file without one would be a gateway without servers and roles, and that is
      never what was meant.`,
    causes: [
      'the config is a named export',
      '`module.exports = …`, which is CommonJS: configs are ES modules',
    ],
    wrong: [
      "import { defineGateway } from 'portcullis'",
      'export const config = defineGateway({ servers: {} })',
    ].join('\n'),
    right: [
      "import { defineGateway } from 'portcullis'",
      'export default defineGateway({ servers: {} })',
    ].join('\n'),
  },
  GW1007: {
    severity: 'error',
    title: 'the config throws',
    help: 'a config is plain data: correct what throws, or write the values out',
    why: `The code of the config ended with an exception, so there is no config.
      Code in a config is meant to put data together; whatever can fail at run
      time makes the answer depend on something that nobody reviewed.`,
    causes: [
      'a member of something that is undefined',
      'an assertion that fails',
    ],
    wrong: `
const urls = {}
export default { servers: { github: { type: 'http', url: urls.github.main } } }
`,
    right: `
const urls = { github: { main: 'https://example.com/mcp' } }
export default { servers: { github: { type: 'http', url: urls.github.main } } }
`,
  },
  GW1008: {
    severity: 'error',
    title: 'the config does not end',
    help: 'a config may run for 5 seconds: look for a loop or an `await` without end',
    why: `A config may run for five seconds, so that a mistake in it can hang
      neither a check nor a reload. Putting data together takes milliseconds.`,
    causes: [
      'a loop whose condition never becomes false',
      'a top-level `await` of something that never comes',
    ],
    wrong: `
await new Promise(() => {})
export default { servers: {} }
`,
    right: `
export default { servers: {} }
`,
  },
  GW1009: {
    severity: 'error',
    title: 'the config ends the process',
    help: 'remove the call: a config only exports data',
    why: `The config called \`process.exit\` or something like it. It runs in a
      process of its own and cannot end the gateway, but an answer that is
      missing on purpose is not a config.`,
    wrong: `
if (!process.env.CI) process.exit(1)
export default { servers: {} }
`,
    right: `
export default { servers: {} }
`,
  },
  GW1010: {
    severity: 'error',
    title: 'the config needs too much memory',
    help: 'a config may use 128 MB: write the values out instead of building them',
    why: `A config may use 128 MB, so that a mistake in it cannot take the memory
      of the host. The largest configs of thousands of tools need a few.`,
    causes: ['a list that grows in a loop without end'],
  },
  GW1011: {
    severity: 'error',
    title: 'the config reaches outside',
    help: 'bring data in by `import`, so that it is watched and reviewed with the config',
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
    severity: 'error',
    title: 'a value is not plain data',
    help: 'export only objects, arrays, texts, numbers, booleans and null',
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
    severity: 'error',
    title: 'two evaluations differ',
    help: 'remove what depends on the clock or on random numbers: the reviewed file must determine the table',
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
    severity: 'warning',
    title: 'the bundler warns',
    help: 'correct the line shown: it may mean something other than it seems to',
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
    severity: 'error',
    title: 'the tokens file is not valid TOML',
    help: 'correct the line shown; `gateway token issue` writes this file',
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
    severity: 'error',
    title: 'the tokens file holds something other than tokens',
    help: 'it holds `[token.<id>]` tables only',
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
    severity: 'error',
    title: 'the config is too large',
    help: 'a config may hold 16 MiB of data',
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
    severity: 'error',
    title: 'a key is written twice',
    help: 'remove one: the later one would win silently',
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
    severity: 'error',
    title: 'YAML that is more than plain data',
    help: 'write it as plain objects, lists and values',
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
} satisfies CodeTexts)

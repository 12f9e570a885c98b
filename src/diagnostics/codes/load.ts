// Codes of load, GW1: from the disk to plain values.
// In: nothing. Out: entries by code.
// INVARIANT: see entry.ts.

import type { CodeTexts } from './entry.ts'

export const LOAD = Object.freeze({
  GW1001: {
    severity: 'error',
    title: 'no config found',
    help: 'create one with `gateway init`, or name it with `--config FILE`',
    why: `Everything the gateway does comes from one config file. Without a
      config there is nothing to check, so the exit code is 2. The file is
      named gateway.config with an ending such as .ts or .json, or the config
      is the key \`gateway\` of package.json. The command searches the current
      folder and the folders above it, up to the nearest package.json.`,
    causes: [
      'the command runs in another folder than the config: give `--cwd FOLDER`',
      'the file has another name: give `--config FILE`',
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
    why: `Two configs in one folder could contain different rules, and an
      order of precedence would silently decide which of them applies. The
      gateway does not choose: exactly one file is reviewed and used.`,
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
    why: `A file that the config needs does not exist, is a folder, or cannot
      be read by this user. What cannot be read cannot be checked, so the exit
      code is 2: the config is neither OK nor not OK.`,
    causes: [
      'the path after `--config` is misspelt',
      'the file belongs to another user',
    ],
  },
  GW1004: {
    severity: 'error',
    title: 'the config has a syntax error',
    help: 'correct the line shown, or the end of the line before it',
    why: `The text is not valid TypeScript, JavaScript or JSON, so nothing in
      it can be checked. The place shown is where the parser stopped: the
      mistake is there, or at the end of the line before.`,
    causes: [
      'a comma is missing between two members',
      'a key with a hyphen has no quotes',
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
    why: `The config imports a file or a package that does not exist, or a
      name that the imported file does not export. Imports are resolved before
      any code runs, because every imported file is reviewed and watched
      too.`,
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
    why: `The gateway reads only the default export of the config. A file
      without a default export would describe a gateway without servers and
      roles, and nobody wants that.`,
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
    help: 'a config is plain data: correct the code that throws, or write the values out',
    why: `The code of the config ended with an exception, so there is no
      config. Code in a config should only put data together. Code that can
      fail at run time makes the config depend on something that nobody
      reviewed.`,
    causes: [
      'the code reads a member of something that is undefined',
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
    help: 'a config may run for 5 seconds: look for a loop or an `await` that does not end',
    why: `The code of a config may run for five seconds, so that a mistake in
      it cannot block a check or a reload. Putting data together takes
      milliseconds.`,
    causes: [
      'a loop whose condition never becomes false',
      'a top-level `await` of a promise that never resolves',
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
    why: `The config called \`process.exit\` or a similar function. The config
      runs in a process of its own, so the call cannot end the gateway, but it
      leaves the gateway without a config.`,
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
    why: `A config may use 128 MB of memory, so that a mistake in it cannot
      use all the memory of the host. The largest configs, with thousands of
      tools, need a few MB.`,
    causes: ['a list that grows in a loop that does not end'],
  },
  GW1011: {
    severity: 'error',
    title: 'the config uses something outside of it',
    help: 'load the data with `import`, so that it is watched and reviewed with the config',
    why: `The config is evaluated without access to the environment, files,
      processes and workers, because it is code that came with a pull request.
      Data that it read there would also be missing from the review and from
      the list of watched files. Load data with \`import\`, and write secrets
      as references.`,
    causes: [
      'reading a file with `node:fs`: import it, as JSON or as code',
      'starting git or another program to get a value',
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
    why: `A config is data: written as JSON and read again, it must be the
      same. Functions, dates, maps, promises, getters, NaN and circular
      references have no form in JSON, so nobody could review what they stand
      for.`,
    causes: [
      'exporting a function that returns the config',
      'a Date where a text such as `2026-11-22` is expected',
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
    why: `The config is evaluated twice, each time in a fresh engine: first
      with a clock of 2001 and the time zone UTC, then with a clock of 2038,
      another time zone and other random numbers. If the two results differ,
      tomorrow's gateway would differ from the gateway that was reviewed
      today, and the digest would identify neither.`,
    causes: [
      'an expiry that is computed from the current date',
      'a random id: write a fixed id instead',
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
    title: 'a warning of the bundler',
    help: 'correct the line shown: it may not mean what it seems to mean',
    why: `The bundler read the config, but part of it may not mean what it
      seems to mean. This is a warning because the config may still be right.
      Check the line shown.`,
    causes: [
      '`module.exports` in an ES module',
      'a comparison with NaN, or of `typeof` with a word that it never returns',
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
    why: `The tokens file decides who has access, so one syntax error makes
      the whole file invalid: to use one half of the list would be worse. A
      command writes this file; a merge in git may have left conflict markers
      in it.`,
    causes: ['a merge conflict that was not resolved', 'an edit by hand'],
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
    why: `The tokens file contains one table for each token, \`[token.<id>]\`,
      and nothing else. Under a misspelt table name a token would not exist,
      or a revocation would have no effect, and nobody would be told.`,
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
    why: `A config and its imports may hold 16 MiB of data, which is more than
      ten thousand tools and tokens need. It may hold 250,000 values, at most
      64 levels deep, and 500,000 entries after each role has received the
      entries of the roles that it extends; aliases of YAML may stand for
      100,000 values and 4 MiB. A text of more than 500,000 words and signs is
      not read to its end. A larger config is a mistake.`,
    causes: [
      'a text that is repeated, or that was read from another file',
      'a long chain of roles, where each role extends the one before',
      'thousands of patterns and thousands of conditions for one server',
    ],
  },
  GW1018: {
    severity: 'error',
    title: 'a key is written twice',
    help: 'remove one of them: the later one would silently replace the other',
    why: `If an object contains a key twice, the later one replaces the first,
      and nothing reports it. Of two roles with the same name the first would
      be lost, with everything that it denies.`,
    causes: ['a merge of two branches that both added the name'],
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
    why: `A config in YAML is read as plain data: texts, numbers, lists and
      maps. With tags, merge keys or several documents it would mean more than
      a reader can see.`,
    causes: [
      'a pattern that begins with `*` and has no quotes',
      'a merge key `<<`: write out the members that it would add',
      'a second document after `---`',
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

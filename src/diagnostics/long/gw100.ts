// Long forms of GW1000 to GW1009: finding, bundling and evaluating the config.
// In: nothing. Out: a frozen table.
// INVARIANT: see long-form.ts; no line begins with `import`, which would count
// as one of this file.

import type { LongForms } from './long-form.ts'

export const GW100: LongForms<'GW100'> = Object.freeze({
  GW1001: {
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
    why: `A file that the config needs is not there, is a folder, or may not be
      read by this user. What cannot be read cannot be judged, so the exit code
      is 2: neither fine nor not fine.`,
    causes: [
      'a path that was given by `--config` is misspelt',
      'the file belongs to another user',
    ],
  },
  GW1004: {
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
})

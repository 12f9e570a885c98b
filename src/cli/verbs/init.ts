// `gateway init`: a starter config that passes `check`.
// In: a folder. Out: gateway.config.ts, an empty tokens file, and lines in
// .gitignore.
// INVARIANT: an existing file is never replaced.

import {
  appendFileSync,
  existsSync,
  mkdirSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { DEFAULTS } from '../../contract/defaults.ts'
import { CONFIG_FILES } from '../../contract/formats.ts'
import { plain } from '../../diagnostics/shown.ts'
import { Unanswerable } from '../../diagnostics/unanswerable.ts'
import { readRegularText } from '../../regular.ts'
import { say } from '../say.ts'
import { writeEmpty } from '../tokens-file.ts'
import type { Verb } from '../verb.ts'
import { STARTER } from './starter.ts'

interface InitOptions {
  readonly cwd?: string
}

const NAME = 'gateway.config.ts'
const TOKENS = DEFAULTS.tokens.file

/** Files that a serving host has or creates: never part of a commit. Only the
 * `audit` beside the config: another folder may contain sources. */
const IGNORED = ['gateway.key', 'gateway.revoked', '/grants/', '/audit/']

export const init: Verb<InitOptions> = {
  name: 'init',
  summary: 'write a commented starter config',
  help: {
    reads: 'the folder, for an existing config, and .gitignore',
    writes:
      `${NAME}, ${TOKENS} without a token, the folder docs, and ` +
      `${IGNORED.join(', ')} in .gitignore`,
    contacts: 'nothing',
    exits: [
      'the config was written',
      'a config exists already; nothing was written',
      'wrong usage, no such folder, or a folder that cannot be written',
    ],
  },
  configure(command) {
    command.option('--cwd <folder>', 'folder to write to (default: current)')
  },
  async run(_args, options, io) {
    const folder = resolve(io.cwd, options.cwd ?? '.')
    // A misspelt folder is not created: nobody would look there.
    const place = statSync(folder, { throwIfNoEntry: false })
    if (!place?.isDirectory()) {
      const what = place ? 'is not a folder' : 'does not exist: create it first'
      throw new Unanswerable(`${folder} ${what}`)
    }
    const found = CONFIG_FILES.find((name) => existsSync(join(folder, name)))
    if (found) {
      say(io.stderr, plain`${found} exists already; nothing was written\n`)
      return 1
    }
    const ignored = ignoreFiles(join(folder, '.gitignore'))
    writeFileSync(join(folder, NAME), STARTER, { flag: 'wx' })
    // Created before the first branch issues a token, so that branches merge.
    const tokens = join(folder, TOKENS)
    if (!existsSync(tokens)) {
      writeFileSync(tokens, writeEmpty(), { flag: 'wx', mode: 0o600 })
    }
    mkdirSync(join(folder, 'docs'), { recursive: true })
    say(io.stderr, plain`wrote ${NAME}, which serves the folder docs\n`)
    if (ignored.length > 0) {
      say(io.stderr, plain`added ${ignored.join(', ')} to .gitignore\n`)
    }
    say(io.stdout, plain`Next:\n  gateway check\n  gateway serve --dev\n`)
    return 0
  },
}

/** Appends the missing lines; existing text stays. */
function ignoreFiles(file: string): readonly string[] {
  const text = existsSync(file) ? readRegularText(file) : ''
  const lines = text.split(/\r?\n/).map((line) => line.trim())
  const missing = IGNORED.filter((name) => !lines.includes(name))
  if (missing.length === 0) return []
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  const start = text === '' || text.endsWith('\n') ? '' : eol
  appendFileSync(file, start + missing.map((name) => name + eol).join(''))
  return missing
}

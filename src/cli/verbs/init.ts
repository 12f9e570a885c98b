// `gateway init`: a first config that passes `check`, and what belongs beside it.
// In: a folder, and the answers of a person or flags. Out: files.
// INVARIANT: an existing file is never replaced; without a terminal nothing is
// asked, and no file outside of the folder is read unless a flag says so.

import {
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { Option } from 'commander'
import { DEFAULTS } from '../../contract/defaults.ts'
import { CONFIG_FILES } from '../../contract/formats.ts'
import { json, plain, plainLines, type Shown } from '../../diagnostics/shown.ts'
import { Unanswerable } from '../../diagnostics/unanswerable.ts'
import type { InitDocument, IssuedToken } from '../documents/setup.ts'
import { IGNORED, ignoreFiles } from '../ignored.ts'
import { showFile } from '../import/given.ts'
import { tellDropped } from '../import/report.ts'
import { type Host, type Job, planJob } from '../init/ci-jobs.ts'
import { findClientFiles } from '../init/client-places.ts'
import { type Plan, planSetup } from '../init/plan.ts'
import { listNextSteps } from '../next-steps.ts'
import { formOption } from '../reports.ts'
import { say } from '../say.ts'
import { writeEmpty } from '../tokens-file.ts'
import type { Io, Verb } from '../verb.ts'
import { toolsOption, writeImport } from './import.ts'
import { STARTER } from './starter.ts'

export interface InitOptions {
  readonly cwd?: string
  /** True: the files that are found. */
  readonly import?: readonly string[] | true
  readonly tools: 'all' | 'read'
  readonly ci?: Host
  readonly token?: string
  readonly yes?: boolean
  readonly report: 'human' | 'json'
}

const NAME = 'gateway.config.ts'
const TOKENS = DEFAULTS.tokens.file
/** Git stores no empty folder, and the starter config serves this one. */
const SERVED = 'docs'
const WELCOME = `${SERVED}/welcome.md`

export const init: Verb<InitOptions> = {
  name: 'init',
  summary: 'write a first config, of MCP clients that are here or a starter',
  schemas: ['init'],
  help: {
    reads:
      'the folder, for an existing config, and .gitignore; files of MCP ' +
      'clients in the folder and in HOME, if you agree or with --import',
    writes:
      `${NAME}, ${TOKENS} without a token, ${WELCOME} or .env.example and .env, ` +
      `${IGNORED.join(', ')} in .gitignore, and the job of --ci`,
    contacts: 'nothing',
    exits: [
      'the config was written',
      'a config exists already, or no server was found to import; nothing was ' +
        'written',
      'wrong usage, no such folder, or a folder that cannot be written',
    ],
    examples: ['gateway init --import --ci github', 'gateway init --yes'],
  },
  configure(command) {
    command
      .option('--cwd <folder>', 'folder to write to (default: current)')
      .option(
        '--import [file...]',
        'import files of MCP clients (default: those in their usual places)',
      )
      .addOption(toolsOption())
      .addOption(
        new Option(
          '--ci <host>',
          'write a job that judges pull requests',
        ).choices(['github', 'gitlab']),
      )
      .option('--token <subject>', 'issue a first token, for this person')
      .option('--yes', 'ask nothing, and take what the flags say')
    formOption(command, ['human', 'json'])
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
    const plan = await planSetup(folder, options, io)
    if (!plan) return 1
    const job = plan.ci && planJob(plan.ci, folder)
    const written = [...writeConfig(folder, plan, io), ...writeJob(job)]
    const ignored = ignoreFiles(folder)
    say(io.stderr, plain`wrote ${written.join(', ')}\n`)
    if (ignored.length > 0) {
      say(io.stderr, plain`added ${ignored.join(', ')} to .gitignore\n`)
    }
    const render = (token: IssuedToken | null) =>
      renderInit({ written, ignored, token }, plan)
    tellRest(folder, plan, job, options.report, io)
    if (plan.subject !== undefined) {
      return issueFirst(folder, plan.subject, options.report, render, io)
    }
    if (options.report === 'json') say(io.stdout, render(null))
    return 0
  },
}

function countQuestions(imported: Plan['imported']): number {
  return (imported?.text.split('// QUESTION').length ?? 1) - 1
}

function renderInit(
  told: Pick<InitDocument, 'written' | 'ignored' | 'token'>,
  { imported }: Plan,
): Shown {
  const dropped = imported?.dropped ?? []
  const object: InitDocument = {
    formatVersion: 1,
    command: 'init',
    ...told,
    dropped: dropped.map(({ origin: { file, line }, key, why }) => ({
      file,
      line,
      key,
      why,
    })),
    questions: countQuestions(imported),
  }
  return json(object)
}

/** Names of the files, for a person. */
function writeConfig(
  folder: string,
  { imported }: Plan,
  io: Io,
): readonly string[] {
  // Created before the first branch issues a token, so that branches merge.
  const tokens = join(folder, TOKENS)
  const others = existsSync(tokens) ? [] : [TOKENS]
  if (others.length > 0) {
    writeFileSync(tokens, writeEmpty(), { flag: 'wx', mode: 0o600 })
  }
  if (imported) {
    tellDropped(imported.dropped, io)
    return [...writeImport(imported, join(folder, NAME)), ...others]
  }
  writeFileSync(join(folder, NAME), STARTER, { flag: 'wx' })
  return [NAME, ...others, ...writeWelcome(folder)]
}

function writeWelcome(folder: string): readonly string[] {
  const file = join(folder, WELCOME)
  mkdirSync(join(folder, SERVED), { recursive: true })
  if (readdirSync(join(folder, SERVED)).length > 0) return []
  writeFileSync(file, TEXT, { flag: 'wx' })
  return [WELCOME]
}

const TEXT = `# Welcome

The server \`files\` of gateway.config.ts serves this folder. Clients of the
gateway may read what is here.
`

function writeJob(job: Job | undefined): readonly string[] {
  if (!job) return []
  mkdirSync(dirname(job.path), { recursive: true })
  writeFileSync(job.path, job.text, { flag: 'wx' })
  return [job.name]
}

function tellRest(
  folder: string,
  { ci, imported, subject }: Plan,
  job: Job | undefined,
  report: InitOptions['report'],
  io: Io,
): void {
  if (ci && !job) {
    say(io.stderr, plain`the job for ${ci} is there already, and stays\n`)
  }
  if (job?.help !== undefined) say(io.stderr, plain`help: ${job.help}\n`)
  if (!isDependency(folder)) {
    say(io.stderr, DEPENDENCY)
  }
  if (countQuestions(imported) > 0) {
    say(io.stderr, plain`answer what QUESTION asks in ${NAME}\n`)
  }
  const others = imported
    ? []
    : findClientFiles(folder, io.env).map((file) => showFile(file, io))
  if (others.length > 0) {
    say(
      io.stderr,
      plain`files of MCP clients are here: ${others.join(', ')}\nhelp: \`gateway import FILE… --force\` writes a config with their servers\n`,
    )
  }
  if (report === 'json') return
  const secrets = (imported?.variables ?? []).map(({ name }) => name)
  const next = listNextSteps(
    { secrets, hasToken: subject !== undefined },
    { env: io.env, folder: relative(io.cwd, folder) },
  )
  say(io.stdout, plainLines(next))
}

const DEPENDENCY = plain`help: no package.json here names portcullis: \`npm install\` it, so that your editor and CI find it\n`

/** In this folder or above it. */
function isDependency(folder: string): boolean {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, 'node_modules/portcullis'))) return true
    if (dirname(at) === at) return false
  }
}

/** The same as `gateway token issue`. */
async function issueFirst(
  folder: string,
  subject: string,
  report: InitOptions['report'],
  render: (token: IssuedToken) => Shown,
  io: Io,
): Promise<number> {
  const { issueToken } = await import('./token/issue.ts')
  const who = { subject, team: 'everyone', kind: 'person' as const }
  return issueToken({ ...who, cwd: folder, report }, io, render)
}

// The command line: finds the verb, parses its flags with commander, runs it.
// In: arguments after `gateway`, and an Io. Out: the exit code.
// INVARIANT: 2 for wrong usage and for our own bugs, never for a verb's answer
// of 0 or 1; nothing here ends the process.

import { Command, CommanderError, Help, Option } from 'commander'
import {
  joinPlain,
  type Plain,
  plain,
  plainLines,
} from '../diagnostics/shown.ts'
import { suggestHelp } from '../diagnostics/suggest.ts'
import { Unanswerable } from '../diagnostics/unanswerable.ts'
import { openIo } from './io.ts'
import { say } from './say.ts'
import type { Summary } from './summaries.js'
import { COLOURS } from './terminal.ts'
import type { Io, Surroundings, Verb, VerbGroup } from './verb.ts'
import { readVersion } from './version.ts'

/** Loaded one at a time: `check` must not load the server's modules. */
const VERBS: ReadonlyMap<string, () => Promise<Verb | VerbGroup>> = new Map<
  string,
  () => Promise<Verb | VerbGroup>
>([
  ['init', async () => (await import('./verbs/init.ts')).init],
  ['import', async () => (await import('./verbs/import.ts')).importClients],
  ['check', async () => (await import('./verbs/check.ts')).check],
  ['explain', async () => (await import('./verbs/explain.ts')).explain],
  ['diff', async () => (await import('./verbs/diff.ts')).diff],
  ['lock', async () => (await import('./verbs/lock.ts')).lock],
  ['compile', async () => (await import('./verbs/compile.ts')).compile],
  ['serve', async () => (await import('./verbs/serve.ts')).serve],
  ['status', async () => (await import('./verbs/status.ts')).status],
  ['token', async () => (await import('./verbs/token.ts')).token],
  ['connect', async () => (await import('./verbs/connect.ts')).connect],
  ['whoami', async () => (await import('./verbs/whoami.ts')).whoami],
  ['call', async () => (await import('./verbs/call.ts')).call],
  ['grants', async () => (await import('./verbs/grants.ts')).grants],
  ['audit', async () => (await import('./verbs/audit.ts')).audit],
  [
    'completion',
    async () => (await import('./verbs/completion.ts')).completion,
  ],
])

/** Every verb, in the order of the help. */
export async function loadVerbs(): Promise<readonly (Verb | VerbGroup)[]> {
  return Promise.all([...VERBS.values()].map((load) => load()))
}

export async function run(
  argv: readonly string[],
  surroundings: Surroundings,
): Promise<number> {
  const io = openIo(argv, surroundings)
  if (argv[0] === 'completion' && argv[1] === '--words') {
    const { completeWords } = await import('./completion/words.ts')
    const build = (verbs: readonly string[]) => buildProgram(verbs, io, noExit)
    await completeWords(argv.slice(3), io, build)
    return 0
  }
  const exit = await runVerb(argv, io)
  const { stdout, stderr, failure } = io
  const command = nameVerb(argv)
  // No line at all is an answer too, where each line is a document.
  const isMissing = exit === 2 || (exit === 1 && command !== 'audit query')
  if (failure.isWanted && !stdout.isWritten && isMissing) {
    say(stdout, failure.render(command, exit, stderr.said))
  }
  return exit
}

/** The words before the first flag, if they name a verb. */
function nameVerb(argv: readonly string[]): string {
  const [first = '', second = ''] = argv
  if (!VERBS.has(first)) return ''
  const isGroup = GROUPS.includes(first) && !second.startsWith('-')
  return isGroup ? `${first} ${second}`.trim() : first
}

const GROUPS: readonly string[] = ['token', 'grants', 'audit']

/** Of a program that is only read. */
function noExit(): void {}

async function runVerb(argv: readonly string[], io: Io): Promise<number> {
  const answer = { exit: 0 }
  const asked = argv[0] === 'help' ? argv[1] : undefined
  if (asked !== undefined && !VERBS.has(asked)) {
    const help = suggestHelp(asked, [...VERBS.keys()], 'here')
    say(io.stderr, plain`error: unknown verb '${asked}'\n${help}\n`)
    return 2
  }
  try {
    const program = await buildProgram(argv, io, (exit) => {
      answer.exit = exit
    })
    await program.parseAsync(argv, { from: 'user' })
    return answer.exit
  } catch (error) {
    return await exitOf(error, argv, io)
  }
}

/** Of the first word, or of the one that help is wanted for. The help of all
 * verbs, and the advice on an unknown one, need no verb itself. */
async function loadWanted(
  argv: readonly string[],
): Promise<readonly (Verb | VerbGroup | Summary)[]> {
  const [first = '', second = ''] = argv
  const load = VERBS.get(first === 'help' ? second : first)
  if (load) return [await load()]
  if (first === '--version') return []
  if (argv.some((word) => VERBS.has(word))) return loadVerbs()
  return (await import('./summaries.js')).SUMMARIES
}

async function buildProgram(
  argv: readonly string[],
  io: Io,
  done: (exit: number) => void,
): Promise<Command> {
  const verbs = await loadWanted(argv)
  const program = new Command('gateway')
    .description('An MCP gateway whose whole behaviour is one reviewed file.')
    .version(readVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'print what a verb does')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => say(io.stdout, cleanHelp(text)),
      writeErr: (text) => say(io.stderr, cleanHelp(text)),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      getOutHelpWidth: () => Math.min(io.stdout.look.columns ?? 80, 100),
      getErrHelpWidth: () => Math.min(io.stderr.look.columns ?? 80, 100),
    })
    .addHelpText(
      'after',
      '\n`gateway VERB --help` says what a verb reads, writes and contacts.',
    )
  for (const verb of verbs) addVerb(program, verb, io, done)
  return program
}

function addVerb(
  parent: Command,
  verb: Verb | VerbGroup | Summary,
  io: Io,
  done: (exit: number) => void,
): void {
  const command = parent.command(verb.name).description(verb.summary)
  if ('args' in verb) {
    for (const name of verb.args) command.argument(name)
    if (verb.hasOptions) command.option('--any')
    return
  }
  if ('verbs' in verb) {
    for (const inner of verb.verbs) addVerb(command, inner, io, done)
    return
  }
  verb.configure(command)
  command.addOption(
    new Option(
      '--color <when>',
      'colours (default: auto, on a terminal)',
    ).choices(COLOURS),
  )
  command.addHelpText('after', () => describe(verb))
  command.action(async () => {
    done(await verb.run(command.args, command.opts(), io))
  })
}

function describe({ help, schemas }: Verb): string {
  const { reads, writes, contacts, exits, examples = [] } = help
  const touched = { Reads: reads, Writes: writes, Contacts: contacts }
  return [
    '',
    ...Object.entries(touched).map(([word, text]) =>
      hang(`${word}:`, 10, text),
    ),
    ...(schemas.length === 0 ? [] : [hang('JSON:', 10, nameSchemas(schemas))]),
    'Exit codes:',
    ...exits.map((meaning, code) => hang(`  ${code}`, 5, meaning)),
    ...(examples.length > 0 ? ['Examples:'] : []),
    ...examples.map((example) => `  ${example}`),
  ].join('\n')
}

function nameSchemas(schemas: readonly string[]): string {
  const files = [...schemas, 'failure'].map(
    (name) => `schema/${name}.schema.json`,
  )
  return `--report json has the form of ${files.join(', or ')}`
}

/** A label, then the text in a column of its own. */
function hang(label: string, column: number, text: string): string {
  const wrapped = new Help().boxWrap(text, 80 - column)
  return (
    label.padEnd(column) + wrapped.replaceAll('\n', `\n${' '.repeat(column)}`)
  )
}

/** Commander's output: our words and the user's input, with line breaks. */
function cleanHelp(text: string): Plain {
  return joinPlain(text.split('\n'), '\n')
}

async function exitOf(
  error: unknown,
  argv: readonly string[],
  io: Io,
): Promise<number> {
  if (error instanceof CommanderError) {
    // Commander has printed already; only help and version are exit 0.
    const asked = ['commander.helpDisplayed', 'commander.version']
    // `gateway token` alone prints help too, but that is wrong usage.
    if (argv.includes('help')) asked.push('commander.help')
    return asked.includes(error.code) ? 0 : 2
  }
  if (error instanceof Unanswerable) {
    say(io.stderr, plain`error: ${error.shown}\n`)
    return 2
  }
  if (isFileFault(error)) {
    say(io.stderr, plain`error: ${(error as Error).message}\n`)
    return 2
  }
  const text = (error instanceof Error && error.stack) || String(error)
  const { placeStack } = await import('./stack.ts')
  const bug = plain`error: this is a bug in gateway, please report it\n`
  say(io.stderr, plain`${bug}${plainLines(placeStack(text).split('\n'))}`)
  return 2
}

/** Errors of the disk or of its permissions; the message names the path. */
function isFileFault(error: unknown): boolean {
  const { code, path } = error as NodeJS.ErrnoException
  const faults = [
    'EACCES',
    'EPERM',
    'EROFS',
    'ENOSPC',
    'EISDIR',
    'ENOTDIR',
    'ENOTREG',
    'EFBIG',
  ]
  return path !== undefined && faults.includes(code ?? '')
}

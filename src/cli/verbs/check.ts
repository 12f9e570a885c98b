// `gateway check`: checks the config, with all findings at once, offline.
// In: the config and its imports. Out: a report with its exit code.
// INVARIANT: without --live it reads only the repository: no secret, no socket;
// it never skips a part that looks unchanged.

import { InvalidArgumentError } from 'commander'
import type { Diagnostic } from '../../contract/diagnostic.ts'
import type { Artefact } from '../../contract/table.ts'
import { describeVerdict, makeReport } from '../../diagnostics/report.ts'
import { type CompiledConfig, compileConfig } from '../compiled.ts'
import { coverArtefact } from '../coverage.ts'
import { readEnvironment } from '../environment.ts'
import { applyFixes } from '../fixes.ts'
import { FORMS, type Form, renderForm } from '../forms.ts'
import type { Offers, Seen } from '../live/live.ts'
import { findUnpinned } from '../pinned.ts'
import { reportOption, type Target, writeReports } from '../reports.ts'
import { say } from '../say.ts'
import { findTracked } from '../tracked.ts'
import {
  type ConfigOptions,
  configOptions,
  type Io,
  type Verb,
} from '../verb.ts'

interface CheckOptions extends ConfigOptions {
  readonly strict?: boolean
  readonly fix?: boolean
  readonly coverage?: boolean
  readonly min?: number
  readonly live?: boolean
  readonly digest?: string
  readonly secrets?: string
  readonly report?: readonly Target<Form>[]
}

/** After a fix another fix may become possible. */
const ROUNDS = 5

export const check: Verb<CheckOptions> = {
  name: 'check',
  summary: 'check the config and print every finding; offline without --live',
  schemas: ['report'],
  help: {
    reads:
      'the config, what it imports, the tokens file and the lock; which files ' +
      'git tracks; with --live also the secrets, the key file, the audit folder and the clock',
    writes:
      'nothing; with --fix certain corrections (never a name that grants access) ' +
      'in the sources of the config; the files that --report names',
    contacts:
      'nothing: safe on a fork, before a commit, in an editor; ' +
      'with --live every server, the two ports for a moment, and `listen.publicUrl` once',
    exits: [
      'the config has no errors',
      'findings of severity error; with --strict warnings too',
      'wrong usage, no config, or a file that cannot be read or written',
    ],
    examples: [
      'gateway check --fix',
      'gateway check --strict --report json',
      'gateway check --live --secrets gateway.env',
      'gateway check --report github --report sarif=gateway.sarif',
    ],
  },
  configure(command) {
    configOptions(command)
      .option('--strict', 'exit 1 for warnings too')
      .option('--fix', 'apply certain corrections; none of them grants access')
      .option('--live', 'also check this machine and connect to the servers')
      .option('--secrets <file>', 'with --live: a file of NAME=value lines')
      .option('--coverage', 'list roles and tools that no expectation covers')
      .option(
        '--min <percent>',
        'with --coverage: exit 1 below this percentage',
        readPercent,
      )
    command.option(
      '--digest <digest>',
      'exit 1 if the table has another digest; or file:PATH',
    )
    reportOption(command, FORMS)
  },
  async run(_args, { strict = false, fix = false, min, ...options }, io) {
    const compiled = await (fix ? fixConfig : compileConfig)(options, io)
    const { artefact, diagnostics, unanswerable, files } = compiled
    const wanted = options.coverage || min !== undefined
    const covered = artefact && wanted && coverArtefact(artefact, min)
    const seen = options.live ? await lookLive(compiled, options, io) : NOT_LIVE
    const { digest } = options
    const pinned =
      artefact && digest !== undefined
        ? findUnpinned(artefact.digest, digest, io)
        : []
    const covering = covered ? covered.findings : []
    const tracked = await findTracked(compiled.root, compiled.authored)
    const more = [...covering, ...pinned, ...tracked, ...seen.findings]
    const found = await place(more, compiled)
    const report = makeReport('check', [...diagnostics, ...found], {
      digest: artefact?.digest,
      unanswerable,
      strict,
      remarks: [...findNotable(compiled), ...seen.remarks],
    })
    const reporting = {
      render: (form: Form, to: 'screen' | 'file') =>
        renderForm(form, report, { compiled, io, to }),
      verdict: describeVerdict(report),
      sources: files,
    }
    writeReports(options.report, reporting, io)
    // Beside another form on stdout it would break that form.
    const isText = (options.report ?? []).every(
      ({ form, file }) => form === 'human' || file !== undefined,
    )
    if (covered) say(isText ? io.stdout : io.stderr, covered.text)
    return report.exit
  },
}

function readPercent(text: string): number {
  const percent = Number(text)
  if (/^\d{1,3}$/.test(text) && percent <= 100) return percent
  throw new InvalidArgumentError('A percentage is a number from 0 to 100.')
}

const NOT_LIVE: Seen = Object.freeze({ findings: [], remarks: [] })

/** Only if there is something to serve; loaded only when it is needed. */
async function lookLive(
  compiled: CompiledConfig,
  { secrets, ...options }: CheckOptions,
  io: Io,
): Promise<Seen> {
  const env = readEnvironment(secrets, io)
  const { artefact } = compiled
  if (!artefact) {
    const remarks = ['servers were not contacted: fix the errors first']
    return { findings: [], remarks }
  }
  const [{ checkLive }, { thisHost: host }] = await Promise.all([
    import('../live/live.ts'),
    import('../live/host.ts'),
  ])
  const scene = { ...compiled, artefact, env, now: io.now(), host }
  const recompile = (offers: Offers) => compileConfig(options, io, { offers })
  return checkLive(scene, recompile, io)
}

/** As compile() does for its own; loads a parser, so only if it is needed. */
async function place(
  findings: readonly Diagnostic[],
  { sources }: CompiledConfig,
): Promise<readonly Diagnostic[]> {
  if (findings.length === 0) return []
  const { openLocator, placeFindings } = await import(
    '../../diagnostics/locate.ts'
  )
  return placeFindings(findings, openLocator(sources))
}

/** Until no certain fix is left; then everything is checked again. */
async function fixConfig(
  options: ConfigOptions,
  io: Io,
): Promise<CompiledConfig> {
  for (let round = 1; ; round++) {
    const compiled = await compileConfig(options, io)
    if (round > ROUNDS || (await applyFixes(compiled, io)) === 0) {
      return compiled
    }
  }
}

/** Notes that a green verdict must not hide. */
function findNotable({ artefact }: CompiledConfig): readonly string[] {
  const { table } = artefact ?? {}
  const counts = [
    ['no server', table?.servers],
    ['no role', table?.roles],
    ['no tests', table?.tests],
    ['no lock', table?.lock],
  ] as const
  return [
    ...counts
      .filter(([, held]) => held && Object.keys(held).length === 0)
      .map(([words]) => words),
    ...describeUnlocked(artefact),
  ]
}

/** If some servers are locked, the others are worth a note. */
function describeUnlocked(artefact: Artefact | undefined): readonly string[] {
  const { servers = {}, lock = {} } = artefact?.table ?? {}
  if (Object.keys(lock).length === 0) return []
  const names = Object.keys(servers).filter(
    (name) => !Object.hasOwn(lock, name),
  )
  return names.length === 0 ? [] : [`not locked: ${names.join(', ')}`]
}

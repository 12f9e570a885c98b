// `gateway diff`: who gains or loses which tool, not which lines changed.
// In: the config now, and at a revision. Out: the change of access.
// INVARIANT: offline; a difference is an answer, so it exits 0 unless --fail-on
// applies.

import { existsSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Option } from 'commander'
import type { Artefact } from '../../contract/table.ts'
import { makeReport } from '../../diagnostics/report.ts'
import { type Plain, plain } from '../../diagnostics/shown.ts'
import { Unanswerable } from '../../diagnostics/unanswerable.ts'
import { diffArtefacts } from '../../table/diff/diff.ts'
import { useBase } from '../base.ts'
import {
  type CompiledConfig,
  compileConfig,
  tellFindings,
} from '../compiled.ts'
import { renderForm } from '../forms.ts'
import { readLintLevels } from '../lint-levels.ts'
import { withProgress } from '../progress.ts'
import { renderDiff, renderDiffJson } from '../render/diff.ts'
import { describeDiff } from '../render/diff-headline.ts'
import { renderDiffMarkdown } from '../render/diff-markdown.ts'
import { type FailOn, findFailures, WORDS } from '../render/diff-words.ts'
import { reportOption, type Target, writeReports } from '../reports.ts'
import { say } from '../say.ts'
import {
  type ConfigOptions,
  configOptions,
  type Io,
  type Verb,
} from '../verb.ts'

type Form = 'human' | 'json' | 'markdown'

const RENDERERS = Object.freeze({
  human: renderDiff,
  json: renderDiffJson,
  markdown: renderDiffMarkdown,
})

const FORMS = Object.keys(RENDERERS)

interface DiffOptions extends ConfigOptions {
  readonly base?: string
  readonly baseConfig?: string
  readonly failOn?: readonly FailOn[]
  readonly report?: readonly Target<Form>[]
}

export const diff: Verb<DiffOptions> = {
  name: 'diff',
  summary: 'print who gains or loses which tool',
  schemas: ['diff', 'report'],
  help: {
    reads:
      'the config with its tokens and lock, from disk and from git; no ' +
      'secret and no environment',
    writes: 'nothing but a temporary folder, which it removes',
    contacts: 'nothing: safe on a fork and before a push',
    exits: [
      'the configs were compared; differences do not matter',
      'the config has errors, or the diff contains what --fail-on names',
      'wrong usage, no such revision, or a base that cannot be compiled',
    ],
    examples: [
      'gateway diff',
      'gateway diff --base HEAD~1 --fail-on gains:destructive',
      'gateway diff --config gateway.prod.config.ts --base-config gateway.config.ts',
    ],
  },
  configure(command) {
    reportOption(configOptions(command), FORMS)
      .option(
        '--base <revision>',
        'compare with the point where this branch left REVISION (default: the main branch)',
      )
      .option('--base-config <file>', 'compare with another config instead')
      .addOption(
        new Option(
          '--fail-on <what...>',
          'exit 1 if the diff contains this',
        ).choices(Object.keys(WORDS)),
      )
  },
  async run(_args, options, io) {
    if (options.base !== undefined && options.baseConfig !== undefined) {
      throw new Unanswerable('choose --base or --base-config, not both')
    }
    const head = await compileConfig(options, io, { places: 'always' })
    const own = head.artefact ?? head.failing
    if (!own) return tellFaults(head, options, io)
    const base = await withProgress('reading the base', io, () =>
      compileBase(head, options, io),
    )
    if (base === 'broken') return 2
    const lints = {
      base: readLintLevels(base?.authored),
      head: readLintLevels(head.authored),
    }
    const old = base?.artefact ?? null
    const diff = diffArtefacts(old, own, lints)
    const notes = base?.notes ?? []
    const sides = { base: old, head: own, diff, notes }
    const render = (form: Form) => RENDERERS[form](sides)
    const verdict = `Access: ${describeDiff(diff).join('; ')}`
    writeReports(options.report, { render, verdict, sources: head.files }, io)
    if (!head.artefact) return tellFindings(head, io)
    const failures = findFailures(diff, options.failOn ?? [])
    if (failures.length === 0) return 0
    say(io.stderr, plain`exit 1: found ${failures.join(', ')} (--fail-on)\n`)
    return 1
  },
}

/** Also in the requested forms: a comment on a pull request must not keep the
 * result of an earlier commit. */
function tellFaults(
  compiled: CompiledConfig,
  { report: targets = [] }: DiffOptions,
  io: Io,
): number {
  const exit = tellFindings(compiled, io)
  const asked = targets.filter(({ form, file }) => file || form !== 'human')
  if (asked.length === 0) return exit
  const { diagnostics, unanswerable, files: sources } = compiled
  const report = makeReport('diff', diagnostics, { unanswerable })
  const render = (form: Form, to: 'screen' | 'file') =>
    renderForm(form, report, { compiled, io, to })
  writeReports(asked, { render, verdict: 'Access: not known', sources }, io)
  return exit
}

const INSTALLED =
  'both sides use the packages that are now installed in node_modules: a ' +
  'change of their versions is not found'

/** Null if there was no config. */
async function compileBase(
  { root, config = '' }: CompiledConfig,
  { base, baseConfig, cwd = '.' }: DiffOptions,
  io: Io,
): Promise<Base | null | 'broken'> {
  if (baseConfig !== undefined) {
    const compiled = await compileConfig({ cwd, config: baseConfig }, io, {
      places: 'always',
    })
    return judgeBase(compiled, plain`the base, ${baseConfig},`, io)
  }
  return useBase(root, base, async ({ cwd, commit, bring, isInstalled }) => {
    const name = chooseConfig(cwd, basename(config))
    if (name === undefined) {
      say(
        io.stderr,
        plain`no config at ${commit.slice(0, 12)}: everything is new\n`,
      )
      return null
    }
    const compileIt = () =>
      compileConfig({ cwd, config: name }, io, { places: 'always' })
    const alone = await compileIt()
    if (needsPackages(alone)) await bring()
    const compiled = needsPackages(alone) ? await compileIt() : alone
    const short = commit.slice(0, 12)
    const subject = plain`the base, ${name} at ${short},`
    const judged = judgeBase(compiled, subject, io)
    if (judged === 'broken') return judged
    const notes = compiled.files.some(isInstalled) ? [INSTALLED] : []
    return { ...judged, notes }
  })
}

/** Most configs import no package, and there may be very many. */
function needsPackages({ files, diagnostics }: CompiledConfig): boolean {
  return (
    files.some((file) => /[\\/]node_modules[\\/]/.test(file)) ||
    diagnostics.some(({ code }) => code === 'GW1005')
  )
}

/** The parts that are compared. */
type Base = Pick<CompiledConfig, 'authored'> & {
  readonly artefact: Artefact
  /** What the comparison does not cover. */
  readonly notes?: readonly string[]
}

/** A fault of the base is not a fault of the change. */
function judgeBase(
  compiled: CompiledConfig,
  subject: Plain,
  io: Io,
): Base | 'broken' {
  const { artefact, authored } = compiled
  if (artefact) return { artefact, authored }
  const help = 'choose another with --base or --base-config'
  say(io.stderr, plain`${subject} does not compile; ${help}:\n`)
  tellFindings(compiled, io)
  return 'broken'
}

/** The same file, or the config under its name at that time. */
function chooseConfig(cwd: string, name: string): string | undefined {
  if (existsSync(join(cwd, name))) return name
  if (!existsSync(cwd)) return undefined
  return readdirSync(cwd).find((one) => /^gateway\.config\.\w+$/.test(one))
}

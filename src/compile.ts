// Compiles a config on the disk to a routing table: all stages in order.
// In: a folder, and an optional path. Out: the artefact, or findings.
// INVARIANT: no logic of its own; no artefact if one finding is an error, and
// always an artefact without findings.

import { check } from './check/check.ts'
import type { Diagnostic } from './contract/diagnostic.ts'
import type { Lock } from './contract/lock.ts'
import type { Artefact } from './contract/table.ts'
import { boundFindings } from './diagnostics/bounded.ts'
import type { Sources } from './diagnostics/locate.ts'
import { formatPlace, hasErrors, orderFindings } from './diagnostics/report.ts'
import type { Linked } from './link/context.ts'
import { link } from './link/link.ts'
import { runLints } from './link/lints/lint.ts'
import type { Seal } from './load/evaluate.ts'
import { type Loaded, loadConfig } from './load/load.ts'
import { buildArtefact, listRules } from './table/build.ts'
import { findLooseEnds } from './table/consistent.ts'
import { runExpectations } from './table/expect.ts'

export type { Linked, Seal, Sources }

export interface CompileOptions {
  readonly cwd: string
  /** Path of the config; default: found from `cwd` upward. */
  readonly config?: string | undefined
  /** Only for lints; never in the digest. */
  readonly now: number
  /** `always`: also places of all rules, for the audit. Default: `findings`. */
  readonly places?: 'always' | 'findings'
  /** Replaces a lock for servers that have none: `check --live`. */
  readonly offers?: Lock['servers']
  /** A text that replaces gateway.lock.json, for `gateway lock`. */
  readonly lock?: string
}

export interface Compiled {
  /** Present exactly when no finding is an error. */
  readonly artefact?: Artefact
  /** One whose errors are only expectations and lints: to compare, not to serve. */
  readonly failing?: Artefact
  /** Located and in order. */
  readonly diagnostics: readonly Diagnostic[]
  /** Absolute; the files to watch. */
  readonly files: readonly string[]
  /** Absolute folder of the root config; paths are relative to it. */
  readonly root: string
  readonly config: string | undefined
  readonly sources: Sources
  /** The config's export, valid or not; absent if it exports nothing. */
  readonly authored?: unknown
  /** The result of link, also with errors: for `gateway lock`, which must work
   * while the config and an old lock contradict each other. */
  readonly linked?: Linked
  /** Nothing could be checked: no config, or one that may not be read. */
  readonly unanswerable: boolean
}

export async function compile(options: CompileOptions): Promise<Compiled> {
  return compileWith(options)
}

/** The same, with what runs a config that is code. */
export async function compileWith(
  options: CompileOptions,
  seal?: Seal,
): Promise<Compiled> {
  const { loaded, diagnostics, ...base } = await loadConfig({
    ...options,
    seal,
  })
  const found = [...diagnostics]
  const {
    artefact: built,
    failing,
    linked,
  } = loaded ? compileLoaded(loaded, found, options) : {}
  const authored = loaded && { authored: loaded.authored }
  const parts = linked && { linked }
  const bounded = { diagnostics: boundFindings(found) }
  const whole = { ...base, ...authored, ...parts, ...bounded }
  const artefact = built ?? failing
  const located = await locate(whole, artefact, options.places)
  if (!failing) return located
  const { artefact: compared, ...rest } = located
  return compared ? { ...rest, failing: compared } : rest
}

/** The pure stages; `found` collects their findings. */
function compileLoaded(
  loaded: Loaded,
  found: Diagnostic[],
  { now, offers }: CompileOptions,
): Pick<Compiled, 'artefact' | 'failing' | 'linked'> {
  const checked = check({ ...loaded, offers })
  found.push(...checked.diagnostics)
  if (!checked.value) return {}
  const linked = link(checked.value, loaded.folderOf)
  found.push(...linked.diagnostics)
  if (!linked.value) return {}
  const parts = { linked: linked.value }
  if (hasErrors(found)) return parts
  const { lints = {} } = checked.value.gateway
  found.push(...runLints(linked.value, lints, now))
  const artefact = buildArtefact(linked.value)
  const [fault] = findLooseEnds(artefact.table)
  if (fault) throw new Error(`an inconsistent table was built: ${fault}`)
  found.push(...runExpectations(artefact.table))
  return hasErrors(found)
    ? { ...parts, failing: artefact }
    : { ...parts, artefact }
}

/** Loads a parser, so it is called only if there is something to locate. */
async function locate(
  base: Omit<Compiled, 'artefact'>,
  artefact: Artefact | undefined,
  places: CompileOptions['places'] = 'findings',
): Promise<Compiled> {
  const rules = artefact && places === 'always' ? listRules(artefact.table) : []
  const findings = base.sources.config === '' ? [] : base.diagnostics
  const compiled = artefact ? { ...base, artefact } : base
  if (findings.length + rules.length === 0) return compiled
  const { openLocator, placeFindings } = await import('./diagnostics/locate.ts')
  const locator = openLocator(base.sources)
  const diagnostics = orderFindings(placeFindings(findings, locator))
  if (!artefact) return { ...base, diagnostics }
  const located = rules.map((rule) => [rule, formatPlace(locator.locate(rule))])
  const withPlaces = { ...artefact, places: Object.fromEntries(located) }
  return { ...base, diagnostics, artefact: withPlaces }
}

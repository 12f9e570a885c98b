// `gateway explain WHO SERVER/TOOL`: a decision, with its chain of rules.
// In: the config, a principal, a use, arguments. Out: the cause and its place.
// INVARIANT: the answer is what the gateway would do with this table.

import type { Artefact, RoutingTable } from '../../../contract/table.ts'
import { plain } from '../../../diagnostics/shown.ts'
import { suggest } from '../../../diagnostics/suggest.ts'
import { Unanswerable } from '../../../diagnostics/unanswerable.ts'
import { parseJson } from '../../../load/json.ts'
import {
  judgeAccess,
  lockedNames,
  type Principal,
  type Use,
} from '../../../table/access.ts'
import { type Args, parseArguments } from '../../../table/arguments.ts'
import { granteeOf, whoOf } from '../../../table/expect.ts'
import { explainUse } from '../../../table/explain.ts'
import { describeIdentity } from '../../../table/identity.ts'
import { exposeUse } from '../../../table/names.ts'
import { compileConfig, tellFindings } from '../../compiled.ts'
import { describeTokenState } from '../../describe-token-state.ts'
import { readPrincipal, readUse } from '../../principals.ts'
import { formatConditions } from '../../render/diff-words.ts'
import {
  type Explained,
  renderExplanation,
  renderExplanationJson,
} from '../../render/explain.ts'
import { loadRevocations } from '../../revoked.ts'
import { say } from '../../say.ts'
import type { Io } from '../../verb.ts'
import type { ExplainOptions } from './options.ts'

export async function explainDecision(
  who: string,
  what: string,
  options: ExplainOptions,
  io: Io,
): Promise<number> {
  const { kind = 'tool' } = options
  const args = readArguments(options.args)
  const compiled = await compileConfig(options, io, { places: 'always' })
  const { artefact } = compiled
  if (!artefact) return tellFindings(compiled, io)
  const { table } = artefact
  const principal = readPrincipal(who, table)
  if ('problem' in principal) return refuse(principal.problem, io)
  const use = readUse(what, kind, table)
  if ('problem' in use) return refuse(use.problem, io)
  const explanation = explainUse(table, principal.meant, use.meant, args)
  const explained: Explained = {
    principal: principal.meant,
    subject: table.tokens[principal.meant.name]?.subject ?? null,
    use: use.meant,
    exposed: exposeUse(table, use.meant),
    state: describeTokenState(
      principal.meant,
      artefact,
      io.now(),
      loadRevocations(compiled.root, table.revoked),
    ),
    conditions: args
      ? ''
      : describeConditions(table, principal.meant, use.meant),
    disabled: table.servers[use.meant.server]?.disabled ?? false,
    meant: findMeant(artefact, use.meant, explanation.verdict),
    identity: nameIdentity(artefact, use.meant.server),
    places: artefact.places,
    explanation,
  }
  const json = options.report === 'json'
  const render = json ? renderExplanationJson : renderExplanation
  say(io.stdout, render(explained))
  const { state, disabled } = explained
  const allowed = explanation.verdict === 'allowed' && !state && !disabled
  return options.failOn === (allowed ? 'allowed' : 'refused') ? 1 : 0
}

function describeConditions(
  table: RoutingTable,
  principal: Principal,
  use: Omit<Use, 'locked'>,
): string {
  const access = judgeAccess(table, granteeOf(table, whoOf(principal)), use)
  const conditions = formatConditions(access)
  const isFree = !access.granted || conditions === 'without a condition'
  return isFree ? '' : conditions
}

function refuse(problem: string, io: Io): number {
  for (const line of problem.split('\n')) say(io.stderr, plain`${line}\n`)
  return 1
}

function readArguments(text: string | undefined) {
  if (text === undefined) return undefined
  let args: Args
  try {
    args = parseArguments(text)
  } catch (error) {
    throw new Unanswerable(`--args is not JSON: ${(error as Error).message}`)
  }
  // The gateway refuses a message with a duplicate key.
  const [fault] = parseJson(text).faults
  if (fault) throw new Unanswerable(`--args: ${fault.message}`)
  const { value } = args
  if (typeof value === 'object' && value && !Array.isArray(value)) return args
  throw new Unanswerable('--args is not a JSON object')
}

function nameIdentity(
  { table: { servers } }: Artefact,
  name: string,
): string | null {
  const server = Object.hasOwn(servers, name) ? servers[name] : undefined
  return server ? describeIdentity(server) : null
}

function findMeant(
  { table }: Artefact,
  { server, kind, name }: Omit<Use, 'locked'>,
  verdict: string,
): string | null {
  if (verdict !== 'unknown') return null
  const known = Object.keys(lockedNames(table, server, kind) ?? {})
  return suggest(name, known) ?? null
}

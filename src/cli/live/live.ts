// `check --live`: checks a config on its machine and with its servers.
// In: a compiled config, the environment. Out: findings, each with its way out.
// INVARIANT: changes nothing; a server that cannot be started, or lacks a
// secret, is reported once and not contacted.

import type { Compiled } from '../../compile.ts'
import type { Diagnostic } from '../../contract/diagnostic.ts'
import type { LockedServer } from '../../contract/lock.ts'
import type { RoutingTable, Server } from '../../contract/table.ts'
import { splitPointer } from '../../diagnostics/pointer.ts'
import { finding } from '../../diagnostics/report.ts'
import { plain } from '../../diagnostics/shown.ts'
import { Outward } from '../../runtime/outward/outward.ts'
import { formatWritten } from '../../table/references.ts'
import { askServers } from '../ask.ts'
import { wantsPerson } from '../lock-sign-in.ts'
import { withSecrets } from '../programs.ts'
import { withProgress } from '../progress.ts'
import { say } from '../say.ts'
import type { Io } from '../verb.ts'
import { findAddressFaults } from './address.ts'
import { compareClocks, findLateClock } from './clock.ts'
import { findCommandFaults } from './commands.ts'
import { findFileFaults } from './files.ts'
import type { Scene } from './host.ts'
import { findLoginFaults } from './login.ts'
import {
  findLockDrift,
  findOddities,
  findSilentServers,
  pickNews,
  pickUnlocked,
} from './offers.ts'
import { findPortFaults } from './ports.ts'
import { findSecretFaults, listShortSecrets } from './secrets.ts'
import { findSignInFaults } from './sign-in.ts'

export interface Seen {
  /** Not yet located. */
  readonly findings: readonly Diagnostic[]
  readonly remarks: readonly string[]
}

export type Offers = Readonly<Record<string, LockedServer>>

/** `recompile` checks the same config with offers in place of a lock. */
export function checkLive(
  whole: Omit<Scene, 'secrets'>,
  recompile: (offers: Offers) => Promise<Compiled>,
  io: Io,
): Promise<Seen> {
  return withProgress('looking at this machine', io, () =>
    withSecrets(whole, (secrets) =>
      checkScene({ ...whole, secrets }, recompile, io),
    ),
  )
}

async function checkScene(
  whole: Scene,
  recompile: (offers: Offers) => Promise<Compiled>,
  io: Io,
): Promise<Seen> {
  const { scene, disabled } = leaveDisabled(whole)
  const { table } = scene.artefact
  const ports = await findPortFaults(scene)
  const faults = [
    ...(await findSecretFaults(scene, io)),
    ...findCommandFaults(scene),
    ...findFileFaults(scene),
    ...findLateClock(scene),
    ...judgeNode(scene),
    ...ports.findings,
  ]
  const { servers, caps } = table
  const able = Object.entries(servers).filter(
    ([name]) => !faults.some((one) => isOf(name, one)),
  )
  // To the others somebody signs in first.
  const asked = able.filter(([, server]) => !wantsPerson(server))
  const reached = await lookAround(scene, able, ports.running)
  const answers = await askServers(
    { ...scene, servers: Object.fromEntries(asked), caps },
    io,
  )
  tellTrust(table, io)
  const offers = pickUnlocked(scene, answers)
  const silent = findSilentServers(answers)
  const answered = asked
    .map(([name]) => name)
    .filter((name) => !silent.some((one) => isOf(name, one)))
  const news =
    Object.keys(offers).length === 0
      ? []
      : pickNews(
          scene.diagnostics,
          (await recompile(offers)).diagnostics,
          offers,
        )
  const findings = [
    ...faults,
    ...reached.findings,
    ...silent,
    ...(await compareClocks(answered, scene)),
    ...findLockDrift(scene, answers),
    ...findOddities(answers),
    ...news,
  ]
  const all = Object.values(servers).filter((one) => !wantsPerson(one)).length
  const remarks = [
    ...(all === 0 ? [] : [`${answered.length} of ${all} servers answered`]),
    ...reached.remarks,
    ...describeExits(scene),
    ...describeRest(scene, disabled),
    ...(ports.running ? ['the gateway is running here'] : []),
  ]
  return { findings, remarks }
}

/** How people and clients reach the gateway, and how people sign in. */
async function lookAround(
  scene: Scene,
  able: readonly (readonly [string, Server])[],
  running: boolean,
): Promise<Seen> {
  const ways = await findSignInFaults(scene, Object.fromEntries(able))
  const login = await findLoginFaults(scene)
  const address = await findAddressFaults(scene, running)
  return {
    findings: [...ways.findings, ...login.findings, ...address.findings],
    remarks: [...ways.remarks, ...login.remarks, ...address.remarks],
  }
}

/** How requests to servers leave this host, where a proxy is named. */
function describeExits({ artefact, secrets }: Scene): readonly string[] {
  const names = new Map<string, readonly string[]>()
  for (const [name, server] of Object.entries(artefact.table.servers)) {
    if (server.type !== 'http' || server.proxy === null) continue
    const url = new URL(formatWritten(server.url, () => 'x'))
    const outward = new Outward(server, secrets)
    if (outward.findProblem(url).length > 0) continue
    const words = outward.describe(url)
    names.set(words, [...(names.get(words) ?? []), name])
  }
  return [...names].map(([words, all]) => `${words}: ${all.join(', ')}`)
}

function describeRest(
  scene: Scene,
  disabled: readonly string[],
): readonly string[] {
  const short = listShortSecrets(scene)
  return [
    ...(disabled.length === 0
      ? []
      : [`not contacted, because disabled: ${disabled.join(', ')}`]),
    ...(short.length === 0
      ? []
      : [`too short to be masked in what a server says: ${short.join(', ')}`]),
  ]
}

/** A server that is not started needs neither its program nor its secrets. */
function leaveDisabled(scene: Scene) {
  const { artefact } = scene
  const all = Object.entries(artefact.table.servers)
  const servers = Object.fromEntries(all.filter(([, one]) => !one.disabled))
  const disabled = all.flatMap(([name, one]) => (one.disabled ? [name] : []))
  const table = { ...artefact.table, servers }
  return { scene: { ...scene, artefact: { ...artefact, table } }, disabled }
}

/** Only errors: a secret that others may read still opens the server. */
function isOf(name: string, { pointer, severity }: Diagnostic): boolean {
  const [section, server] = splitPointer(pointer)
  return severity === 'error' && section === 'servers' && server === name
}

/** The files that a program of the gateway's own user can read. */
function tellTrust({ servers }: RoutingTable, io: Io): void {
  const same = Object.entries(servers).flatMap(([name, server]) =>
    server.type === 'stdio' && (server.user ?? null) === null ? [name] : [],
  )
  if (same.length === 0) return
  const what = "the gateway's key, secret files and environment"
  const names = same.join(', ')
  say(
    io.stderr,
    plain`servers without \`user\` that can read ${what}: ${names}\n`,
  )
}

const RECOMMENDED = 24

function judgeNode({ host }: Scene): readonly Diagnostic[] {
  if (Number.parseInt(host.node, 10) >= RECOMMENDED) return []
  const message = `this is Node ${host.node}; ${RECOMMENDED} is recommended`
  return [finding('GW8012', '', message)]
}

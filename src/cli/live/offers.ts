// What servers offer now, compared with the lock and with the rules.
// In: a table, the servers' answers. Out: findings.
// INVARIANT: a drift is an error exactly if the runtime would withhold the
// definition.

import type { Diagnostic } from '../../contract/diagnostic.ts'
import type { LockedServer } from '../../contract/lock.ts'
import type { RoutingTable } from '../../contract/table.ts'
import { joinPointer } from '../../diagnostics/pointer.ts'
import { finding } from '../../diagnostics/report.ts'
import { pointTo } from '../../link/lock.ts'
import {
  type Drift,
  findDrift,
  isReworded,
  LIST_OF,
} from '../../table/drift.ts'
import type { Answer } from '../ask.ts'
import type { Scene } from './host.ts'

type Answers = ReadonlyMap<string, Answer>

export function findSilentServers(answers: Answers): readonly Diagnostic[] {
  return [...answers].flatMap(([name, answer]) => {
    if ('offer' in answer) return []
    const pointer = joinPointer('/servers', name)
    const { failure, help } = answer
    const more = help === undefined ? {} : { help }
    return [finding('GW8013', pointer, `\`${name}\` ${failure}`, more)]
  })
}

/** Definitions that clients do not get, or not completely. */
export function findOddities(answers: Answers): readonly Diagnostic[] {
  return [...answers].flatMap(([name, answer]) => {
    const { oddities = [] } = 'offer' in answer ? answer : {}
    const pointer = joinPointer('/servers', name)
    return oddities.map((oddity) =>
      finding('GW8017', pointer, `\`${name}\`: ${oddity}`),
    )
  })
}

/** For the locked servers that answered. */
export function findLockDrift(
  { artefact }: Scene,
  answers: Answers,
): readonly Diagnostic[] {
  const { table, definitions } = artefact
  return [...answers].flatMap(([name, answer]) => {
    const locked = Object.hasOwn(definitions, name) && definitions[name]
    if (!locked || !('offer' in answer)) return []
    const drifts = findDrift({ [name]: locked }, { [name]: answer.offer })
    return drifts.map((drift) => describeDrift(drift, table))
  })
}

function describeDrift(drift: Drift, { servers }: RoutingTable): Diagnostic {
  const { server, kind, name, change, parts } = drift
  const subject = `${kind} \`${name}\``
  const differs = `differs from its lock in ${parts.join(', ')}`
  if (kind === 'server') {
    const message = `the description of \`${server}\` ${differs}`
    return finding('GW8015', pointTo(server), message)
  }
  if (change === 'added') {
    const message = `\`${server}\` offers ${subject}, which is not locked: hidden from all clients`
    return finding('GW8015', joinPointer('/servers', server), message)
  }
  const pointer = pointTo(server, LIST_OF[kind], name)
  if (change === 'removed') {
    const message = `${subject} of \`${server}\` is no longer offered`
    return finding('GW8014', pointer, message)
  }
  const message = `${subject} of \`${server}\` ${differs}`
  if (isReworded(parts)) return finding('GW8015', pointer, message)
  return servers[server]?.drift === 'warn'
    ? finding('GW8015', pointer, `${message}; it is served as locked`)
    : finding('GW8014', pointer, `${message}: hidden from all clients`)
}

/** For the servers that answered and are not locked. */
export function pickUnlocked(
  { artefact }: Scene,
  answers: Answers,
): Readonly<Record<string, LockedServer>> {
  const offers = [...answers].flatMap(([name, answer]) =>
    'offer' in answer && !Object.hasOwn(artefact.table.lock, name)
      ? [[name, answer.offer] as const]
      : [],
  )
  return Object.fromEntries(offers)
}

/** Findings that need offers in place of a lock. */
export function pickNews(
  before: readonly Diagnostic[],
  after: readonly Diagnostic[],
  offers: Readonly<Record<string, LockedServer>>,
): readonly Diagnostic[] {
  const key = ({ code, pointer, message }: Diagnostic) =>
    JSON.stringify([code, pointer, message])
  const known = new Set(before.map(key))
  const ownerOf = (pointer = '') =>
    Object.keys(offers).find((name) =>
      `${pointer}/`.startsWith(`${pointTo(name)}/`),
    )
  return (
    after
      .filter((one) => !known.has(key(one)))
      // Findings about the lock file: no file contains these offers.
      .filter(({ code }) => !code.startsWith('GW5'))
      .map((one) => {
        const notes = one.notes.filter(({ pointer }) => !ownerOf(pointer))
        const server = ownerOf(one.pointer)
        const pointer =
          server === undefined ? one.pointer : joinPointer('/servers', server)
        return { ...one, pointer, notes: [...notes, NOTE] }
      })
  )
}

const NOTE = Object.freeze({
  message: 'the server has no lock yet: its current offer was used',
})

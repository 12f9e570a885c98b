// Whether the files that a gateway opens exist and can be used.
// In: a table, the folder where it would run. Out: findings.
// INVARIANT: opens files for reading only, and writes nothing.

import { X509Certificate } from 'node:crypto'
import { statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import type { Diagnostic } from '../../contract/diagnostic.ts'
import { joinPointer } from '../../diagnostics/pointer.ts'
import { finding } from '../../diagnostics/report.ts'
import { readRegularText } from '../../regular.ts'
import { readKey } from '../../runtime/base/key.ts'
import { wantsPerson } from '../lock-sign-in.ts'
import { findCertificateFaults } from './certificate.ts'
import type { Host, Scene } from './host.ts'
import { findOpenFile, findOpenFolder, findWritableFiles } from './modes.ts'
import { findRevokedFaults } from './revoked.ts'

export function findFileFaults(scene: Scene): readonly Diagnostic[] {
  const { root, files } = scene
  return [
    ...judgeState(scene),
    ...judgeKey(scene),
    ...judgeGrants(scene),
    ...judgeAudit(scene),
    ...judgeAuthorities(scene),
    ...findCertificateFaults(scene),
    ...findRevokedFaults(scene),
    ...findWritableFiles(root, files, (file) => relative(root, file)),
  ]
}

/** Whoever can write in it can put a key of his own there. */
function judgeState({ artefact, root }: Scene): readonly Diagnostic[] {
  const { state } = artefact.table
  return state === '' ? [] : findOpenFolder(root, state, '/state')
}

/** The first start creates it if it is missing. */
function judgeKey({ artefact, root, host }: Scene): readonly Diagnostic[] {
  const { key } = artefact.table
  const path = resolve(root, key)
  const fault = (why: string) => [
    finding('GW8003', '/key', `the key file \`${key}\` ${why}`),
  ]
  try {
    readKey(path)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (code === 'EKEY') return fault('does not contain a gateway key')
    if (code !== 'ENOENT') return fault(`cannot be read: ${code}`)
    const why = findUnwritable(path, host)
    return why ? fault(`cannot be created: ${why}`) : []
  }
  return findOpenFile(root, key, '/key', 'GW8004')
}

/** The first sign-in creates the folder. */
function judgeGrants({ artefact, root, host }: Scene): readonly Diagnostic[] {
  const { grants, servers } = artefact.table
  if (!Object.values(servers).some(wantsPerson)) return []
  const { folder } = grants
  const why = findUnwritable(join(resolve(root, folder), 'grant'), host)
  if (why === undefined) return []
  const message = `no grant can be written to \`${folder}\`: ${why}`
  return [finding('GW8020', '/grants/folder', message)]
}

function judgeAudit(scene: Scene): readonly Diagnostic[] {
  const { artefact, root, host } = scene
  const { file } = artefact.table.audit
  const path = resolve(root, file)
  const why = findUnwritable(path, host) ?? findClosedFolder(path, host)
  if (why) {
    const message = `the audit file \`${file}\` cannot be written: ${why}`
    return [finding('GW8005', '/audit/file', message)]
  }
  const free = host.freeShare(findExisting(path))
  const few =
    free < LEAST_FREE
      ? `${Math.floor(free * 100)} % of the disk of \`${file}\` is free`
      : undefined
  return [
    ...(few ? [finding('GW8006', '/audit/file', few)] : []),
    ...findOpenFile(root, file, '/audit/file'),
  ]
}

const LEAST_FREE = 0.1

/** Why a file cannot be appended to, or created together with its folders. */
function findUnwritable(path: string, host: Host): string | undefined {
  const there = findExisting(path)
  const isFolder = statSync(there).isDirectory()
  if (there === path && isFolder) return 'it is a folder'
  if (there !== path && !isFolder) return `${there} is not a folder`
  return host.barring(there)
}

/** Its owner file, its head file and rotated files are created beside it. */
function findClosedFolder(path: string, host: Host): string | undefined {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return undefined
  const folder = dirname(path)
  const why = host.barring(folder)
  return why && `no file can be created beside it in ${folder}: ${why}`
}

function findExisting(path: string): string {
  for (let at = path; ; at = dirname(at)) {
    try {
      if (statSync(at, { throwIfNoEntry: false })) return at
    } catch {
      // A file has the name of a needed folder, or the folder cannot be read.
    }
    if (dirname(at) === at) return at
  }
}

/** CA certificates for servers. */
function judgeAuthorities({
  artefact,
  root,
  now,
}: Scene): readonly Diagnostic[] {
  return Object.entries(artefact.table.servers).flatMap(([name, server]) => {
    if (server.type !== 'http' || !server.tls) return []
    const { ca } = server.tls
    const why = judgeCertificates(resolve(root, ca), now)
    if (!why) return []
    const pointer = joinPointer('/servers', name, 'tls', 'ca')
    return [finding('GW8009', pointer, `\`${ca}\` ${why}`)]
  })
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

function judgeCertificates(path: string, now: number): string | undefined {
  let text: string
  try {
    text = readRegularText(path)
  } catch (error) {
    return `cannot be read: ${(error as NodeJS.ErrnoException).code}`
  }
  const blocks = text.match(CERTIFICATE) ?? []
  if (blocks.length === 0) return 'contains no certificate in PEM form'
  try {
    const ends = blocks.map((one) =>
      Date.parse(new X509Certificate(one).validTo),
    )
    const last = Math.max(...ends)
    if (last > now) return undefined
    const day = new Date(last).toISOString().slice(0, 10)
    return `contains no certificate that is still valid: the last one expired on ${day}`
  } catch {
    return 'contains a certificate that cannot be read'
  }
}

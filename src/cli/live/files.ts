// Whether the files that a gateway opens exist and can be used.
// In: a table, the folder where it would run. Out: findings.
// INVARIANT: opens files for reading only, and writes nothing.

import { X509Certificate } from 'node:crypto'
import { statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import type { Diagnostic } from '../../contract/diagnostic.ts'
import type { HttpServer } from '../../contract/table.ts'
import { joinPointer } from '../../diagnostics/pointer.ts'
import { finding } from '../../diagnostics/report.ts'
import { readRegularText } from '../../regular.ts'
import { readKey } from '../../runtime/base/key.ts'
import { Outward } from '../../runtime/outward/outward.ts'
import { formatWritten } from '../../table/references.ts'
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
    ...findCertificateFaults(scene),
    ...judgeTlsFiles(scene),
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

/** Certificates and keys towards servers. */
function judgeTlsFiles(scene: Scene): readonly Diagnostic[] {
  const { tls, servers } = scene.artefact.table
  return [
    ...judgeFile(scene, tls.caAppend, '/tls/caAppend', 'last'),
    ...Object.entries(servers).flatMap(([name, server]) =>
      server.type === 'http' ? judgeServerFiles(scene, name, server) : [],
    ),
  ]
}

function judgeServerFiles(
  scene: Scene,
  name: string,
  { tls, url }: HttpServer,
): readonly Diagnostic[] {
  const { root, secrets } = scene
  const at = (key: string) => joinPointer('/servers', name, 'tls', key)
  const certificates = [
    ...judgeFile(scene, tls.ca, at('ca'), 'last'),
    ...judgeFile(scene, tls.caAppend, at('caAppend'), 'last'),
    ...judgeFile(scene, tls.cert, at('cert'), 'first'),
  ]
  if (certificates.length > 0 || tls.key === null) return certificates
  const address = new URL(formatWritten(url, () => 'x'))
  const [problem] = new Outward({ tls }, secrets).findProblem(address)
  return problem === undefined
    ? findOpenFile(root, tls.key, at('key'))
    : [finding('GW8009', at('key'), problem)]
}

/** `end`: whose end counts: of the last CA, of the first certificate. */
function judgeFile(
  { root, now }: Scene,
  path: string | null,
  pointer: string,
  end: 'first' | 'last',
): readonly Diagnostic[] {
  if (path === null) return []
  const why = judgeCertificates(resolve(root, path), now, end)
  return why ? [finding('GW8009', pointer, `\`${path}\` ${why}`)] : []
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

function judgeCertificates(
  path: string,
  now: number,
  end: 'first' | 'last',
): string | undefined {
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
    const [first = 0] = ends
    const last = end === 'first' ? first : Math.max(...ends)
    if (last > now) return undefined
    const day = new Date(last).toISOString().slice(0, 10)
    if (end === 'first') return `expired on ${day}`
    return `contains no certificate that is still valid: the last one expired on ${day}`
  } catch {
    return 'contains a certificate that cannot be read'
  }
}

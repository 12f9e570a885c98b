// Whether the public address leads to this gateway, as a client would find out.
// In: a table, and whether its gateway runs here. Out: findings and remarks.
// INVARIANT: one request, without a token; no redirect is followed, and no
// certificate is accepted that a client would refuse.

import { randomBytes, timingSafeEqual } from 'node:crypto'
import { resolve } from 'node:path'
import type { Diagnostic } from '../../contract/diagnostic.ts'
import { publicOrigin } from '../../contract/origins.ts'
import { quote } from '../../diagnostics/credential.ts'
import { finding } from '../../diagnostics/report.ts'
import { PROOF_HEADER, proveAddress } from '../../runtime/base/address-proof.ts'
import { deriveKey, readKey } from '../../runtime/base/key.ts'
import type { Scene } from './host.ts'
import { type Answer, askFromOutside, type Unreached } from './outside.ts'

export interface AddressSeen {
  readonly findings: readonly Diagnostic[]
  readonly remarks: readonly string[]
}

const NOTHING: AddressSeen = Object.freeze({ findings: [], remarks: [] })

export async function findAddressFaults(
  scene: Pick<Scene, 'artefact' | 'root'>,
  running: boolean,
): Promise<AddressSeen> {
  const { listen, key } = scene.artefact.table
  const { publicUrl } = listen
  if (publicUrl === null) return NOTHING
  if (!running) {
    const skipped = `the public address ${publicUrl} was not requested: no gateway with this config's key runs here`
    return { findings: [], remarks: [skipped] }
  }
  const own = readOwnKey(resolve(scene.root, key))
  if (!own) {
    const skipped = `the public address ${publicUrl} was not requested: the key file \`${key}\` cannot be read, and the answer is compared by it`
    return { findings: [], remarks: [skipped] }
  }
  const url = publicOrigin(listen) + listen.path
  const challenge = randomBytes(32).toString('base64url')
  const answer = await askFromOutside(url, challenge)
  const fault =
    'unreached' in answer
      ? judgeUnreached(url, answer, listen.tls?.clientCa ?? null)
      : judgeAnswer(url, answer, proveAddress(own, challenge))
  if (typeof fault === 'string') return { findings: [], remarks: [fault] }
  if (fault) return { findings: [fault], remarks: [] }
  return {
    findings: [],
    remarks: [`the public address ${url} leads to this gateway`],
  }
}

function readOwnKey(path: string): Buffer | undefined {
  try {
    return deriveKey(readKey(path), 'address')
  } catch {
    // A key file that cannot be used is a finding already.
    return undefined
  }
}

const AT = '/listen/publicUrl'

/** A remark if only a client with a certificate can tell. */
function judgeUnreached(
  url: string,
  { unreached, certificate }: Unreached,
  clientCa: string | null,
): Diagnostic | string {
  if (clientCa !== null && NO_CERTIFICATE.test(unreached)) {
    return `the public address ${url} asks for a client certificate, so it was not compared`
  }
  if (certificate) {
    const message = `the certificate of ${url} is not valid here: ${certificate}`
    const help = certificate.startsWith('it is for ')
      ? 'serve a certificate that is for this name, or correct `listen.publicUrl`'
      : 'replace it, or put the missing certificates of its chain after it; if it is of an authority of your company, set NODE_EXTRA_CA_CERTS to the file of that authority and run the check again'
    return finding('GW8032', AT, message, { help })
  }
  return finding('GW8031', AT, `${url} cannot be reached: ${unreached}`)
}

const NO_CERTIFICATE = /CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|ECONNRESET/

function judgeAnswer(
  url: string,
  { status, headers }: Answer,
  proof: string,
): Diagnostic | undefined {
  const given = headers[PROOF_HEADER]
  if (given === undefined) return describeOther(url, { status, headers })
  if (!isEqual(String(given), proof)) {
    const message = `at ${url} another gateway answers, with another key`
    const help =
      'send the name to this gateway, or give all its replicas one key file'
    return finding('GW8032', AT, message, { help })
  }
  if (status !== 403) return undefined
  const message = `${url} leads to this gateway, which refuses the Host that the proxy passes on`
  const help =
    'let the proxy pass on the Host of the request (nginx: `proxy_set_header Host $http_host;`); the log of the gateway names the Host that came'
  return finding('GW8032', AT, message, { help })
}

function describeOther(url: string, { status, headers }: Answer) {
  const { location, server, 'content-type': type } = headers
  if (status >= 300 && status < 400 && location !== undefined) {
    const message = `${url} redirects to ${show(location)} (${status}), which was not followed: clients lose their token or their request there`
    const help = 'write the address at the end of the redirect as `publicUrl`'
    return finding('GW8032', AT, message, { help })
  }
  const facts = [
    `status ${status}`,
    ...(type === undefined ? [] : [show(type)]),
    ...(server === undefined ? [] : [`server ${show(server)}`]),
  ].join(', ')
  const message = `at ${url} something answers that is not this gateway: ${facts}`
  return finding('GW8032', AT, message)
}

/** Of an answer by anybody. */
function show(value: string | readonly string[]): string {
  return quote([value].flat().join(', ').slice(0, MAX_SHOWN))
}

const MAX_SHOWN = 80

function isEqual(given: string, proof: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(proof)]
  return a.length === b.length && timingSafeEqual(a, b)
}

// Certificates of authorities that no system trusts, made with openssl.
// In: a folder, names. Out: PEM files, and their texts.
// INVARIANT: keys are of this run only.

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Pair {
  readonly cert: string
  readonly key: string
}

export interface Authority {
  /** Its certificate: the text, and the file. */
  readonly pem: string
  readonly file: string
  /** `days`: how long it is valid; negative: it has expired. */
  issue(
    names: string,
    options?: { readonly days?: number; readonly hasLocation?: true },
  ): Pair
}

const EC = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'

export function makeAuthority(folder: string, name: string): Authority {
  const id = name.replace(/\W/g, '-')
  const at = (end: string) => join(folder, `${id}${end}`)
  openssl(
    `req -x509 ${EC} -days 9 -keyout ${at('.key')} -out ${at('.pem')} -subj`,
    `/O=Acme/CN=${name}`,
    '-utf8',
  )
  let issued = 0
  return {
    pem: readFileSync(at('.pem'), 'utf8'),
    file: at('.pem'),
    issue: (names, { days = 9, hasLocation } = {}) => {
      const own = (end: string) => at(`-${issued}${end}`)
      issued++
      const location = hasLocation
        ? '\nauthorityInfoAccess=caIssuers;URI:http://ca.example/ca.crt'
        : ''
      writeFileSync(own('.ext'), `subjectAltName=${names}${location}\n`)
      openssl(
        `req ${EC} -keyout ${own('.key')} -out ${own('.csr')} -subj`,
        '/CN=x',
      )
      openssl(
        `x509 -req -in ${own('.csr')} -CA ${at('.pem')} -CAkey ${at('.key')} -CAcreateserial -days ${days} -extfile ${own('.ext')} -out ${own('.pem')}`,
      )
      const read = (end: string) => readFileSync(own(end), 'utf8')
      return { cert: read('.pem'), key: read('.key') }
    },
  }
}

/** Signed by itself. */
export function makePair(folder: string): Pair {
  const [key, cert] = [join(folder, 'self.key'), join(folder, 'self.pem')]
  openssl(
    `req -x509 ${EC} -days 9 -keyout ${key} -out ${cert} -addext subjectAltName=DNS:localhost -subj`,
    '/CN=localhost',
  )
  return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') }
}

function openssl(words: string, ...more: readonly string[]): void {
  execFileSync('openssl', [...words.split(' '), ...more], { stdio: 'ignore' })
}

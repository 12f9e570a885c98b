// The certificate that new connections get, read again when its files change.
// INVARIANT: files that cannot be used together change nothing, and are
// reported; no file is missed, also one that is replaced by a link.

import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { ListenTls } from '../../contract/settings.ts'
import {
  type Certificate,
  CertificateFault,
  readCertificate,
} from './certificate.ts'
import { DAY_MS, judgeClientsTime, judgeTime } from './certificate-time.ts'

interface CertificateEvents {
  /** A certificate that new connections get from now on. */
  onCertificate(certificate: Certificate): void
  /** Files that cannot be used; null: they can be used again. */
  onProblem(problem: string | null): void
  /** Once a day, and at once for a new certificate. */
  onEnding(file: string, what: string, problem: string): void
}

/** Changed files are read this often: a time stamp may not change between two
 * writes, and the second file of a pair comes after the first. */
const REREADS = 3

export class ServedCertificate {
  /** Where it came from, relative to the root. */
  tls: ListenTls
  current: Certificate
  /** Why the files hold another certificate than the one that is served. */
  problem: string | null = null
  readonly #root: string
  readonly #now: () => number
  #events: CertificateEvents | undefined
  #state = ''
  #rereads = REREADS
  #warnedOn = -1

  /** Throws a CertificateFault. */
  constructor(tls: ListenTls, root: string, now: () => number) {
    this.tls = tls
    this.#root = root
    this.#now = now
    this.current = readCertificate(tls, root, now())
  }

  /** Tells what happens from now on. */
  follow(events: CertificateEvents): void {
    this.#events = events
    this.#warn()
  }

  /** Returns why other files cannot be used, or what puts them in force. */
  prepare(tls: ListenTls): string | (() => void) {
    try {
      const next = readCertificate(tls, this.#root, this.#now())
      return () => {
        this.tls = tls
        this.#state = ''
        this.#take(next)
      }
    } catch (error) {
      return describe(error)
    }
  }

  /** Reads the files if they have changed; called once a second. Synchronous:
   * waking a thread for it takes the core away from calls for milliseconds. */
  refresh(): void {
    this.#warn()
    const state = this.#look(this.tls)
    if (state !== this.#state) this.#rereads = REREADS
    this.#state = state
    if (this.#rereads > 0 || this.problem !== null) this.#read()
  }

  #read(): void {
    this.#rereads = Math.max(0, this.#rereads - 1)
    try {
      this.#take(readCertificate(this.tls, this.#root, this.#now()))
    } catch (error) {
      // The files may be half written until nothing has changed for a while.
      if (this.#rereads === 0) this.#report(describe(error))
    }
  }

  #take(next: Certificate): void {
    const { cert, key, ca } = this.current
    const isSame = next.cert === cert && next.key === key && next.ca === ca
    this.current = next
    this.#report(null)
    if (isSame) return
    this.#events?.onCertificate(next)
    this.#warnedOn = -1
    this.#warn()
  }

  #warn(): void {
    const now = this.#now()
    const day = Math.floor(now / DAY_MS)
    if (this.#warnedOn === day) return
    this.#warnedOn = day
    const { tls, current } = this
    const own = judgeTime(current, now)
    if (own) this.#events?.onEnding(tls.cert, 'certificate', own)
    const clients = judgeClientsTime(current, now)
    if (clients && tls.clientCa !== null) {
      this.#events?.onEnding(tls.clientCa, 'client authority', clients)
    }
  }

  /** Once for each problem. */
  #report(problem: string | null): void {
    if (problem === this.problem) return
    this.problem = problem
    this.#events?.onProblem(problem)
  }

  /** Of what the links lead to. A missing file is a state like any other. */
  #look({ cert, key, clientCa }: ListenTls): string {
    const files = [cert, key, ...(clientCa === null ? [] : [clientCa])]
    const states = files.map((file) => {
      try {
        const path = resolve(this.#root, file)
        const { ino, size, ctimeNs } = statSync(path, { bigint: true })
        return `${ino} ${size} ${ctimeNs}`
      } catch (error) {
        return (error as NodeJS.ErrnoException).code
      }
    })
    return JSON.stringify(states)
  }
}

function describe(error: unknown): string {
  if (error instanceof CertificateFault) return error.message
  throw error
}

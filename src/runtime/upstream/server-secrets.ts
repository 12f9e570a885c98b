// The secrets that one server is sent, and what it says without them.
// In: values of its settings. Out: texts to send; texts to show.
// INVARIANT: each value that is resolved is removed from what the server says.

import type {
  ProgramRef,
  Server,
  Value,
  Written,
} from '../../contract/table.ts'
import { findPrograms } from '../../table/references.ts'
import { Redactor } from '../secrets/redact.ts'
import {
  listSecrets,
  resolveSecret,
  resolveValues,
  resolveWritten,
  type SecretSource,
} from '../secrets/resolve.ts'
import type { Failure } from './failure.ts'
import { MAX_DETAIL } from './session.ts'

export class ServerSecrets {
  readonly #source: SecretSource
  readonly #redactor = new Redactor()
  /** Those that print what is sent to the server. */
  readonly #programs: readonly ProgramRef[]

  constructor(server: Server, source: SecretSource) {
    this.#source = source
    this.#programs = findPrograms(
      server.type === 'http'
        ? [server.headers, server.url, server.proxy]
        : [server.env, server.args],
    )
  }

  /** Whether they can be resolved without running a program. */
  get isFresh(): boolean {
    return this.#source.programs.isFresh(this.#programs)
  }

  /** Runs the programs; what they lack is thrown where it is resolved. */
  load(): Promise<void> {
    return this.#source.programs.load(this.#programs)
  }

  /** The programs may print other secrets now. Whether the next `load` runs one
   * of them. */
  doubt(): boolean {
    return this.#source.programs.doubt(this.#programs)
  }

  resolve(values: Readonly<Record<string, Value>>): Record<string, string> {
    const resolved = resolveValues(values, this.#source)
    for (const [name, value] of Object.entries(values)) {
      if (typeof value === 'string') continue
      this.hide(resolved[name] as string, `whole ${name}`)
      this.hide(resolveSecret(value, this.#source), name)
    }
    return resolved
  }

  resolveText(value: Written): string {
    const place = JSON.stringify(value)
    for (const [at, one] of listSecrets(value, this.#source).entries()) {
      this.hide(one, `${at} of ${place}`)
    }
    return resolveWritten(value, this.#source)
  }

  /** Secrets in a URL are encoded as one segment or value. */
  resolveUrl(value: Written): URL {
    for (const [at, one] of listSecrets(value, this.#source).entries()) {
      this.hide(one, `${at} of url`)
      this.hide(encodeURIComponent(one), `${at} of url, encoded`)
    }
    return new URL(resolveWritten(value, this.#source, encodeURIComponent))
  }

  /** As Redactor.add. */
  hide(text: string, place?: string, kept?: number): void {
    this.#redactor.add(text, place, kept)
  }

  unhide(place: string): void {
    this.#redactor.forget(place)
  }

  redact(bytes: Buffer): Buffer {
    return this.#redactor.redact(bytes)
  }

  /** In at most so many bytes. */
  tell(text: string, most?: number): string {
    return this.#redactor.redactText(text, most)
  }

  /** The reason of an end may hold output of the server. */
  clean(failure: Failure): Failure {
    return { ...failure, detail: this.tell(failure.detail, MAX_DETAIL) }
  }
}

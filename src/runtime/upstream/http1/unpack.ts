// Takes off an HTTP body the content coding that was not asked for.
// In: the header's value, then packed bytes. Out: plain bytes, then the end.
// INVARIANT: what comes out is bounded by what went in, so that a small body
// cannot become an endless one.

import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  constants as zlib,
} from 'node:zlib'
import type { Source } from './pacer.ts'

type Inflater = ReturnType<typeof createGunzip>

export interface Unpacked {
  bytes(plain: Buffer): void
  /** `problem`: why it could not be unpacked, where it could not. */
  ended(problem: string | undefined): void
}

/** Small bodies may pack as well as they like. */
const FREE_BYTES = 1024 * 1024
const MAX_RATIO = 200

/** `undefined`: the body is as it seems. A coding that is not known is one too,
 * and fails. */
export function readCoding(value: string): string | undefined {
  const codings = value
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity')
  return codings.length === 0 ? undefined : codings.join(', ')
}

const MAKERS: Readonly<Record<string, (first: number) => Inflater>> = {
  gzip: () => createGunzip(LENIENT),
  'x-gzip': () => createGunzip(LENIENT),
  // Some send it without the header that RFC 9110 wants.
  deflate: (first) =>
    (first & 0x0f) === 8 ? createInflate(LENIENT) : createInflateRaw(LENIENT),
  br: () =>
    createBrotliDecompress({
      flush: zlib.BROTLI_OPERATION_FLUSH,
      finishFlush: zlib.BROTLI_OPERATION_FLUSH,
    }) as unknown as Inflater,
}

/** A stream is read as it comes, and one that was cut as far as it came. */
const LENIENT = {
  flush: zlib.Z_SYNC_FLUSH,
  finishFlush: zlib.Z_SYNC_FLUSH,
}

export function canUnpack(coding: string): boolean {
  return Object.hasOwn(MAKERS, coding)
}

export class Unpacker {
  readonly #coding: string
  readonly #unpacked: Unpacked
  #stream: Inflater | undefined
  #in = 0
  #out = 0
  #over = false

  constructor(coding: string, unpacked: Unpacked) {
    this.#coding = coding
    this.#unpacked = unpacked
  }

  /** `own` is kept until it is unpacked; `source` is paused meanwhile. */
  feed(own: Buffer, source: Source | undefined): void {
    if (this.#over || own.length === 0) return
    this.#stream ??= this.#open(own[0] as number)
    this.#in += own.length
    if (this.#stream.write(own) || !source) return
    source.pause()
    this.#stream.once('drain', () => source.resume())
  }

  end(): void {
    if (this.#over) return
    if (this.#stream) this.#stream.end()
    else this.#end(undefined)
  }

  stop(): void {
    this.#over = true
    this.#stream?.destroy()
  }

  /** As of any source; what is unpacked comes no faster than it is read. */
  pause(): void {
    this.#stream?.pause()
  }

  resume(): void {
    if (!this.#over) this.#stream?.resume()
  }

  #open(first: number): Inflater {
    const make = MAKERS[this.#coding] as (first: number) => Inflater
    return make(first)
      .on('data', (plain: Buffer) => this.#take(plain))
      .on('end', () => this.#end(undefined))
      .on('error', () => this.#end(`a body that is not ${this.#coding}`))
  }

  #take(plain: Buffer): void {
    if (this.#over) return
    this.#out += plain.length
    if (this.#out > FREE_BYTES && this.#out > MAX_RATIO * this.#in) {
      return this.#end(`a body that unpacks to ${MAX_RATIO} times its size`)
    }
    this.#unpacked.bytes(plain)
  }

  #end(problem: string | undefined): void {
    if (this.#over) return
    this.stop()
    this.#unpacked.ended(problem)
  }
}

// Decodes the content coding of an HTTP body.
// INVARIANT: the decoded size is bounded by a multiple of the encoded size.

import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  constants as zlib,
} from 'node:zlib'
import type { Source } from './pacer.ts'

type Inflater = ReturnType<typeof createGunzip>

interface Unpacked {
  bytes(plain: Buffer): void
  /** `problem`: why it could not be decoded, if so. */
  ended(problem: string | undefined): void
}

/** Small bodies may have any ratio. */
const FREE_BYTES = 1024 * 1024
const MAX_RATIO = 200

/** Undefined if the body is not encoded. Unknown codings are returned too, and
 * fail. */
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
  // Some servers omit the zlib header that RFC 9110 requires.
  deflate: (first) =>
    (first & 0x0f) === 8 ? createInflate(LENIENT) : createInflateRaw(LENIENT),
  br: () =>
    createBrotliDecompress({
      flush: zlib.BROTLI_OPERATION_FLUSH,
      finishFlush: zlib.BROTLI_OPERATION_FLUSH,
    }) as unknown as Inflater,
}

/** Decodes a stream as it arrives, and a cut one as far as it arrived. */
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

  /** `own` is kept until it is decoded; `source` is paused meanwhile. */
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

  /** Pauses the decoded bytes, as for any source. */
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

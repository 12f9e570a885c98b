// An output of a verb, with what its reader can see.
// In: a stream, a look; texts that are safe to show. Out: bytes, in order.
// INVARIANT: a line that is only for now (progress.ts) is gone before anything
// else is written to its terminal.

import type { Look, Shown } from '../diagnostics/shown.ts'
import { isTerminal } from './terminal.ts'

/** A line that is only for now. */
export interface Passing {
  hide(): void
}

export class Screen {
  readonly stream: NodeJS.WritableStream
  readonly isTerminal: boolean
  /** Set by progress.ts, for as long as it lasts. */
  passing: Passing | undefined
  readonly #look: () => Look
  #record: string[] | undefined
  #isWritten = false

  /** The look is asked for each text: a window changes its width. */
  constructor(stream: NodeJS.WritableStream, look: () => Look) {
    this.stream = stream
    this.isTerminal = isTerminal(stream)
    this.#look = look
  }

  get look(): Look {
    return this.#look()
  }

  /** `isRecorded: false` for what a program gets in another way. */
  write(shown: Shown, { isRecorded = true } = {}): void {
    if (isRecorded) this.#record?.push(shown.toString())
    this.send(shown.format(this.#look()))
  }

  /** What was formatted for this look. False: the stream is full. */
  send(text: string, done?: (error?: Error | null) => void): boolean {
    this.passing?.hide()
    this.#isWritten ||= text !== ''
    return this.stream.write(text, done)
  }

  /** Signs of a line that will be gone. */
  overwrite(signs: string): void {
    this.stream.write(signs)
  }

  /** Whether anything was written for good. */
  get isWritten(): boolean {
    return this.#isWritten
  }

  /** From now on, what is said is kept too: for programs that read why a verb
   * failed. */
  record(): void {
    this.#record ??= []
  }

  get said(): string {
    return this.#record?.join('') ?? ''
  }
}

// The events of one stream that its client may yet ask for.
// In: events as they are made. Out: those behind a number.
// INVARIANT: numbers ascend; what answers a request leaves only as an error
// that says so, or because its client has it.

import { readMessage } from '../message/message.ts'
import { CODE } from '../message/methods.ts'
import { writeError, writeId } from '../message/write.ts'
import { readEvent, writeEvent } from './sse.ts'

export interface Event {
  readonly number: number
  /** As its client knows it. */
  readonly id: string
  readonly bytes: Buffer
  /** It answers a request. */
  readonly final: boolean
}

/** What an event costs beside its bytes. */
const OVERHEAD = 200

/** What is shorter is not worth an error in its place. */
const LONG = 1_024

/** Deeper than any message that was let in. */
const DEPTH = 1_000

const LOST =
  'The call ran, but its answer could not be kept until its client was back.'

export class ReplayBuffer {
  /** Bytes, about. */
  cost = 0
  #events: Event[] = []

  get first(): Event | undefined {
    return this.#events[0]
  }

  push(event: Event): void {
    this.#events.push(event)
    this.cost += weigh(event)
  }

  /** Whether there is one behind a number. */
  has(number: number): boolean {
    return (this.#events.at(-1)?.number ?? -1) > number
  }

  /** Events behind a number, oldest first. */
  after(number: number): readonly Event[] {
    let low = 0
    let high = this.#events.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#events[middle] as Event).number > number) high = middle
      else low = middle + 1
    }
    return low === 0 ? this.#events : this.#events.slice(low)
  }

  shift(): void {
    const event = this.#events.shift()
    if (event) this.cost -= weigh(event)
  }

  clear(): void {
    this.#events = []
    this.cost = 0
  }

  /** Gives up its oldest event that is no answer; when there is none, makes an
   * error of its oldest answer. `spared` is not touched, nor are answers behind
   * `due`. False when nothing is left to give. */
  give(spared: number, due: number): boolean {
    const events = this.#events
    const idle = events.findIndex(
      ({ final, number }) => !final && number !== spared,
    )
    if (idle !== -1) {
      for (const event of events.splice(idle, 1)) this.cost -= weigh(event)
      return true
    }
    const long = events.findIndex(
      ({ number, bytes }) =>
        number !== spared && number <= due && bytes.length > LONG,
    )
    const event = events[long]
    if (!event) return false
    const excuse = writeExcuse(event)
    events[long] = excuse
    this.cost += weigh(excuse) - weigh(event)
    return true
  }
}

function weigh({ bytes }: Event): number {
  return bytes.length + OVERHEAD
}

function writeExcuse(event: Event): Event {
  const message = readMessage(readEvent(event.bytes), DEPTH)
  const id = 'problem' in message ? 'null' : writeId(message)
  const error = writeError(id, CODE.unavailable, LOST)
  return { ...event, bytes: writeEvent(error, event.id) }
}

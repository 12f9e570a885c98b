// The exception for exit code 2: wrong usage, or a file that cannot be read.
// In: a message for the user. Out: an error to throw.

import { type Plain, plain } from './shown.ts'

/** Wrong usage, or something that a verb may not read: the message is for the
 * user, the exit code is 2. Any other exception is our bug. */
export class Unanswerable extends Error {
  override readonly name = 'Unanswerable'
  /** A string is one line. */
  readonly shown: Plain

  constructor(message: string | Plain) {
    super(message.toString())
    this.shown = plain`${message}`
  }
}

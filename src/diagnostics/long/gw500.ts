// Long forms of GW5000 to GW5009: the lock.
// In: nothing. Out: a frozen table.
// INVARIANT: see long-form.ts.

import type { LongForms } from './long-form.ts'

export const GW500: LongForms<'GW500'> = Object.freeze({
  GW5001: {
    why: `The lock is written by a machine, and this file is not what it writes. Nothing
      in it is believed until it is whole again.`,
    causes: [
      'a merge conflict: `gateway lock` writes it anew, so neither side is lost',
      'a release that writes another format than this one reads',
    ],
  },
  GW5002: {
    why: `What is locked of a server has a digest, and it is another. Clients are served
      what the lock says, so it must be what the server said and a person reviewed,
      not what somebody wrote.`,
    causes: [
      'an edit by hand, such as a shortened description',
      'a merge that took some lines of one side and some of the other',
    ],
  },
  GW5003: {
    why: `The lock holds a server that no config declares. It does no harm, and misleads
      whoever reads the lock.`,
    causes: ['a server that was removed or renamed since it was locked'],
  },
  GW5004: {
    why: `Your editor takes tool names from gateway-env.d.ts. It names others than the
      lock, so that it underlines what is right, or lets pass what is wrong.`,
    causes: [
      'a lock that was committed without the types, or the other way round',
    ],
  },
})

// Requests that leave directly, without TLS files.
// In: nothing. Out: one value that tests share.
// INVARIANT: no environment, no file.

import { Outward } from '../../src/runtime/outward/outward.ts'
import { NO_PROGRAMS } from './no-programs.ts'

/** Secrets without an environment. */
export const HERE = { env: {}, root: '/', programs: NO_PROGRAMS }

export const DIRECT = new Outward({}, HERE)

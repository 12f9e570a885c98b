// Codes of link, GW3: names, and what follows from them.
// In: nothing. Out: rows by code.
// INVARIANT: see codes.ts.

import { error, warning } from './row.ts'

export const LINK_CODES = Object.freeze({
  GW3001: error('unknown server', 'declare it under `servers`'),
  GW3002: error('unknown role', 'declare it under `roles`'),
  GW3003: error('unknown team', 'declare it under `teams`'),
  GW3004: error('unknown token', 'write the id of a token record'),
  GW3005: error(
    'roles extend each other in a circle',
    'remove one `extends` of the circle',
  ),
  GW3006: error(
    'two tools with one exposed name',
    'give one of them another name with `rename`, or its server a `prefix`',
  ),
  GW3007: error(
    'an exposed name that clients refuse',
    'shorten or change it with `rename` or `prefix`',
  ),
  GW3009: error(
    'a condition without effect',
    'remove the unconditional entry, or the condition',
  ),
  GW3010: warning(
    'a condition that another role of the token lifts',
    'remove one of the roles from the token, or the unconditional entry',
  ),
  GW3011: error(
    'an expectation that nothing can decide',
    'name the tools: a pattern needs a lock to know what it stands for',
  ),

  GW3012: error(
    'a tool or prompt that the lock does not have',
    'write a locked name; if the server has it now, run `gateway lock`',
  ),
  GW3013: error(
    'a condition on an argument that the tool does not have',
    'name a property of its input schema',
  ),

  GW3014: error(
    'an expectation whose pattern matches nothing',
    'correct the pattern; an expectation about nothing always holds',
  ),
})

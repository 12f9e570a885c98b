// Codes of the lock (GW5), of expectations (GW6) and of tokens (GW7).
// In: nothing. Out: rows by code.
// INVARIANT: see codes.ts.

import { error, warning } from './row.ts'

export const OTHER_CODES = Object.freeze({
  // GW5: the lock, what servers offer as a reviewer last saw it.
  GW5001: error(
    'the lock is not one',
    'it is machine-written: run `gateway lock` again, also after a merge conflict',
  ),
  GW5002: error(
    'the lock was edited',
    'run `gateway lock` for that server, and review what it writes',
  ),
  GW5003: warning(
    'the lock holds a server that is not declared',
    'run `gateway lock`, which removes it',
  ),
  GW5004: warning(
    'the types are not those of the lock',
    'run `gateway lock`, which writes both',
  ),

  // GW6: expectations, the config's own `tests`.
  GW6001: error(
    'an expectation does not hold',
    'correct the rules, or the expectation',
  ),
  GW6002: error(
    'expectations say too little',
    'add `tests` for what `gateway check --coverage` lists, or lower --min',
  ),
  GW6003: error(
    'the table is not one that was reviewed',
    'review the change, then give its digest: `gateway compile | jq -r .digest`',
  ),

  // GW7: tokens.
  GW7001: error(
    'a token lives too long',
    'issue a new one with a nearer expiry, or raise `tokens.maxAge`',
  ),
  GW7002: error('a token is recorded twice', 'remove one of the records'),
  GW7003: error(
    'a token that is never good',
    '`created`, `notBefore` and `expires` must follow each other',
  ),
  GW7004: warning(
    'a token without a role',
    'it may do nothing: give it `roles`, or a `team` that has some',
  ),
  GW7005: error(
    'a break-glass token that lives too long',
    'it is for one emergency: let it end at most an hour after `created`',
  ),
  GW7006: error(
    'a break-glass token without a reason',
    'add `reason`: what the emergency was',
  ),
})

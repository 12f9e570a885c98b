// Every code that a finding may carry: one table, by the stage that finds it.
// In: nothing. Out: severity, title and the help that holds in general.
// INVARIANT: a code is never reused, and none is emitted that is not here.

import type { Severity } from '../contract/diagnostic.ts'

export interface CodeRow {
  readonly severity: Severity
  readonly title: string
  /** What to do, unless the finding itself says better. */
  readonly help: string
}

const error = (title: string, help: string): CodeRow =>
  Object.freeze({ severity: 'error', title, help })
const warning = (title: string, help: string): CodeRow =>
  Object.freeze({ severity: 'warning', title, help })
const info = (title: string, help: string): CodeRow =>
  Object.freeze({ severity: 'info', title, help })

export const CODES = Object.freeze({
  // GW1: load. From the disk to plain values.
  GW1001: error(
    'no config found',
    'write one with `gateway init`, or name it with `--config FILE`',
  ),
  GW1002: error(
    'two configs in one folder',
    'keep one of them, or choose with `--config FILE`',
  ),
  GW1003: error(
    'a file cannot be read',
    'check that it exists and that you may read it',
  ),
  GW1004: error('the config has a syntax error', 'correct the line shown'),
  GW1005: error(
    'an import cannot be resolved',
    'check the path, or install the package',
  ),
  GW1006: error(
    'the config exports nothing',
    'write `export default defineGateway({ … })`',
  ),
  GW1007: error(
    'the config throws',
    'a config is plain data: correct what throws, or write the values out',
  ),
  GW1008: error(
    'the config does not end',
    'a config may run for 5 seconds: look for a loop or an `await` without end',
  ),
  GW1009: error(
    'the config ends the process',
    'remove the call: a config only exports data',
  ),
  GW1010: error(
    'the config needs too much memory',
    'a config may use 128 MB: write the values out instead of building them',
  ),
  GW1011: error(
    'the config reaches outside',
    'bring data in by `import`, so that it is watched and reviewed with the config',
  ),
  GW1012: error(
    'a value is not plain data',
    'export only objects, arrays, texts, numbers, booleans and null',
  ),
  GW1013: error(
    'two evaluations differ',
    'remove what depends on the clock or on chance: the reviewed file must say it all',
  ),
  GW1014: warning(
    'the bundler warns',
    'correct the line shown: what it means may not be what it says',
  ),
  GW1015: error(
    'the tokens file is not valid TOML',
    'correct the line shown; `gateway token issue` writes this file',
  ),
  GW1016: error(
    'the tokens file holds something else',
    'it holds `[token.<id>]` tables only',
  ),
  GW1017: error('the config is too large', 'a config may hold 16 MiB of data'),
  GW1018: error(
    'a key is written twice',
    'remove one: the later would silently win',
  ),

  // GW2: check. The shape, and values that speak for themselves.
  GW2001: error('unknown key', 'remove the key'),
  GW2002: error('a key is missing', 'add the key'),
  GW2003: error('wrong type', 'write a value of that type'),
  GW2004: error('not one of the possible values', 'write one of them'),
  GW2005: error('outside the range', 'write a value inside the range'),
  GW2006: error(
    'malformed name',
    'a name is a lower-case letter, then up to 31 of a-z, 0-9 and `-`',
  ),
  GW2007: error(
    'malformed duration',
    "write a whole number and ms, s, m, h or d: '30s', '15m', '90d'",
  ),
  GW2008: error(
    'malformed size',
    "write bytes as an integer, or a whole number and KiB, MiB or GiB: '256MiB'",
  ),
  GW2009: error(
    'a sign that patterns do not have',
    'patterns are literal characters and `*`: write one entry for each alternative',
  ),
  GW2010: error('malformed URL', 'write an absolute http:// or https:// URL'),
  GW2011: error(
    'malformed instant',
    "write ISO 8601: '2026-11-22' or '2026-11-22T18:00:00Z'",
  ),
  GW2012: error('a constraint that nothing satisfies', 'correct or remove it'),
  GW2013: error(
    'malformed secret reference',
    "write 'env:NAME' or 'file:/run/secrets/name'",
  ),
  GW2014: error('malformed text', 'write it in the form named'),
  GW2015: error(
    'a literal that looks like a credential',
    "write bearer('env:NAME') or secret('env:NAME'), and revoke what was written here",
  ),
  GW2016: error(
    'a listener that others reach, unprotected',
    'add what is missing, or listen on 127.0.0.1',
  ),
  GW2017: warning(
    'an upstream without encryption',
    'write https://, or keep it on this host',
  ),
  GW2018: error(
    'keys that do not go together',
    'keep one of them, or add what is missing',
  ),
  GW2019: info(
    'not yet in force',
    'its shape is checked; this release does not act on it',
  ),

  // GW3: link. Names, and what follows from them.
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
  GW3008: warning(
    'an exposed name longer than some clients take',
    'shorten it with `rename` or `prefix`',
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

  // GW6: expectations, the config's own `tests`.
  GW6001: error(
    'an expectation does not hold',
    'correct the rules, or the expectation',
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
})

export type Code = keyof typeof CODES

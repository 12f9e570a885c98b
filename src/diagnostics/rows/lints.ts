// Codes of lints, GW4: sound, and perhaps not what was meant.
// In: nothing. Out: rows by code.
// INVARIANT: see codes.ts.

import { warning } from './row.ts'

export const LINT_ROWS = Object.freeze({
  GW4001: warning(
    'a role that nobody has',
    'give it to a team or a token, or remove it',
  ),
  GW4002: warning(
    'a server that nobody may use',
    'allow some of it in a role, or remove it',
  ),
  GW4003: warning(
    'a pattern that reaches destructive tools',
    'write out the tools that are meant, or `deny` the destructive ones',
  ),
  GW4004: warning(
    'a pattern that matches nothing in the lock',
    'correct it, or run `gateway lock` if the server has more by now',
  ),
  GW4005: warning(
    'a pattern that matches one name',
    'write the name out, unless more like it are to come',
  ),
  GW4006: warning(
    'a deny that removes nothing',
    'remove it, or correct the name',
  ),
  GW4007: warning(
    'an allow that a deny takes away whole',
    'remove one of them',
  ),
  GW4008: warning(
    'a limit that nobody runs into',
    'correct what it counts, or whom it is for',
  ),
  GW4009: warning(
    'tokens that may live long',
    'a leaked token is good until it expires: 90 days are a common bound',
  ),
  GW4010: warning(
    'a package without a version',
    'write the exact version behind it: NAME@1.2.3',
  ),
  GW4011: warning(
    'an upstream without encryption',
    'write https://, or keep it on this host',
  ),
  GW4012: warning(
    'two roles that are one',
    'keep one of them, or let the one extend the other',
  ),
  GW4013: warning('an expectation that is said twice', 'remove one of them'),
  GW4014: warning(
    'private data, untrusted text and a way out in one hand',
    'take one of the three away, or constrain its arguments: a text that an ' +
      'agent reads may tell it to send on what it knows',
  ),
  GW4015: warning(
    'a token that expires soon',
    'give its holder another with `gateway token rotate`',
  ),
  GW4016: warning(
    'an exposed name longer than some clients take',
    'shorten it with `rename` or `prefix`',
  ),
  GW4017: warning(
    'more tools than an agent can tell apart',
    'narrow its roles, or issue tokens with `--tools`',
  ),
  GW4018: warning(
    'a process for each of many tokens',
    "write isolation: 'shared' if the server keeps nothing of a client",
  ),
  GW4019: warning(
    'folders that clients choose',
    "leave 'roots' out, unless clients shall say where the server works",
  ),
  GW4020: warning(
    'a server over the gateway’s own files',
    'name the folders that are meant: its key, its audit and its config are ' +
      'in this one',
  ),
  GW4021: warning(
    'a name that only clients see',
    'rules name tools as the server does, without the prefix',
  ),
  GW4022: warning(
    'an admin listener that others reach',
    'listen on 127.0.0.1, or put TLS in front of it',
  ),
  GW4023: warning(
    'signs in the lock that nobody sees',
    'read it as `\\u{…}` shows it, ask its author why, and deny it until then',
  ),
})

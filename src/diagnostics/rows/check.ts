// Codes of check, GW2: the shape, and values that speak for themselves.
// In: nothing. Out: rows by code.
// INVARIANT: see codes.ts.

import { error, info } from './row.ts'

export const CHECK_CODES = Object.freeze({
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
  GW2018: error(
    'keys that do not go together',
    'keep one of them, or add what is missing',
  ),
  GW2019: info(
    'not yet in force',
    'its shape is checked; this release does not act on it',
  ),
  GW2020: error(
    'a header that cannot be sent as written',
    'remove it: the gateway writes it itself',
  ),
  GW2021: error('two listeners on one port', 'give one of them another port'),
})

// Codes of load, GW1: from the disk to plain values.
// In: nothing. Out: rows by code.
// INVARIANT: see codes.ts.

import { error, warning } from './row.ts'

export const LOAD_CODES = Object.freeze({
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
  GW1004: error(
    'the config has a syntax error',
    'correct the line shown, or the end of the one before',
  ),
  GW1005: error(
    'an import cannot be resolved',
    'check the path, or install the package',
  ),
  GW1006: error(
    'the file holds no config',
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
  GW1019: error(
    'YAML that is more than plain data',
    'write it as plain objects, lists and values',
  ),
})

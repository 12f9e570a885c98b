// Codes of what only the machine and the servers can tell (GW8), which
// `gateway check --live` asks.
// In: nothing. Out: rows by code.
// INVARIANT: see codes.ts; an error is what would keep a call from running.

import { error, info, warning } from './row.ts'

export const LIVE_CODES = Object.freeze({
  GW8001: error(
    'a secret has no value here',
    'set it where the gateway runs, or name a file of NAME=value lines with `--secrets`',
  ),
  GW8002: warning(
    'a file is open to others on this machine',
    '`chmod 600` it, or `chmod o-w` what others should read',
  ),
  GW8003: error(
    'the key file cannot be used',
    'put the key back; or move the file away, and the next start makes another: ' +
      'replicas must share it',
  ),
  GW8004: error('others may read the gateway’s key', '`chmod 600` the file'),
  GW8005: error(
    'the audit file cannot be written',
    'no call goes through without its record: give the gateway a folder of its own',
  ),
  GW8006: warning(
    'the disk of the audit is nearly full',
    'make room, or lower `audit.keep`: a full disk stops every call',
  ),
  GW8007: error(
    'the command of a server cannot be run',
    'install it where the gateway runs, or correct `command`',
  ),
  GW8008: error(
    'a server’s folder is not there',
    'make it, or correct `cwd`: it is taken from the file that names it',
  ),
  GW8009: error(
    'the certificates of a server cannot be used',
    'correct `tls.ca`: a file of certificates in PEM form',
  ),
  GW8010: error(
    'the gateway could not listen here',
    'choose another `port` or `host`, or end what listens there',
  ),
  GW8011: warning(
    'clocks disagree',
    'set this machine’s clock, by NTP for one: tokens begin and end by it',
  ),
  GW8012: info(
    'an older Node runs here',
    'the gateway runs on it; a newer one is faster and gets its fixes for longer',
  ),
  GW8013: error(
    'a server does not answer',
    'the gateway would start without it; see that it runs, and may be reached from here',
  ),
  GW8014: error(
    'a locked definition is withheld',
    'review the change: `gateway lock` writes it down, or restore the server',
  ),
  GW8015: warning(
    'a server offers something else than its lock',
    'clients are served what is locked; `gateway lock` takes the change over, for review',
  ),
  GW8016: error(
    'what is revoked here cannot be read in full',
    'a line that is none revokes nothing: write `token|subject|team VALUE INSTANT`, or ' +
      '`all * INSTANT`',
  ),
  GW8017: warning(
    'a server lists what clients cannot read',
    'tell whoever makes the server; until then that part is hidden, and the rest is served',
  ),
  GW8018: error(
    'a server cannot run as the user that it names',
    'run the gateway as root, or correct `user` and `group`: a name of this host, or a number',
  ),
})

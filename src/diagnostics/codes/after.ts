// Codes of the lock (GW5), of expectations (GW6) and of tokens (GW7).
// In: nothing. Out: entries by code.
// INVARIANT: see entry.ts.

import type { CodeTexts } from './entry.ts'

export const AFTER = Object.freeze({
  GW5001: {
    severity: 'error',
    title: 'the lock file is malformed',
    help: '`gateway lock` writes this file: run it again, also after a merge conflict',
    why: `The lock is written by a machine, and this file is not what it writes. The
      gateway uses nothing in it until \`gateway lock\` has written it again.`,
    causes: [
      'a merge conflict: `gateway lock` writes it anew, so neither side is lost',
      'a release that writes another format than this one reads',
    ],
  },
  GW5002: {
    severity: 'error',
    title: 'the lock was edited',
    help: 'run `gateway lock` for that server, and review what it writes',
    why: `What is locked of a server has a digest, and it is another. Clients are served
      what the lock says, so it must be what the server said and a person reviewed,
      not what somebody wrote.`,
    causes: [
      'an edit by hand, such as a shortened description',
      'a merge that took some lines of one side and some of the other',
    ],
  },
  GW5003: {
    severity: 'warning',
    title: 'the lock holds a server that is not declared',
    help: 'run `gateway lock`, which removes it',
    why: `The lock holds a server that no config declares. It does no harm, and misleads
      whoever reads the lock.`,
    causes: ['a server that was removed or renamed since it was locked'],
  },
  GW5004: {
    severity: 'warning',
    title: 'gateway-env.d.ts does not match the lock',
    help: 'run `gateway lock`, which writes both',
    why: `Your editor takes tool names from gateway-env.d.ts. It names others than the
      lock, so that it underlines what is right, or lets pass what is wrong.`,
    causes: [
      'a lock that was committed without the types, or the other way round',
    ],
  },
  GW6001: {
    severity: 'error',
    title: 'an expectation does not hold',
    help: 'correct the rules, or the expectation',
    why: `\`tests\` says what must be allowed and what must be refused, whatever
      becomes of the rules. The rules say otherwise now, and the note names the one
      that decided. Either a change went further than it should, or the
      expectation is out of date: a review can tell, and a config with a failed
      expectation is never served.`,
    causes: [
      'a pattern that is wider than it was meant to be',
      'a role that gained what it extends',
    ],
    wrong: `
roles: { reader: { allow: { github: ['*'] } } },
tests: { 'readers never delete': { role: 'reader', deny: { github: ['delete'] } } },
`,
    right: `
roles: { reader: { allow: { github: ['*'] }, deny: { github: ['delete'] } } },
tests: { 'readers never delete': { role: 'reader', deny: { github: ['delete'] } } },
`,
  },
  GW6002: {
    severity: 'error',
    title: 'expectations cover too little',
    help: 'add `tests` for what `gateway check --coverage` lists, or lower --min',
    why: `A share of what roles may and may not do was promised to be written down as
      expectations, and less is. What nobody has written down, nobody notices when
      it changes.`,
    causes: [
      'a server or a role that is new, without expectations of its own',
      'a lock that has gained tools since',
    ],
  },
  GW6003: {
    severity: 'error',
    title: 'the digest of the table was not reviewed',
    help: 'review the change, then add its digest: `gateway compile | jq -r .digest`',
    why: `\`--digest\` names the tables that somebody reviewed, and the config makes
      another. Such a table is not served, and a reload keeps the one before.`,
    causes: [
      'a change that was merged without its digest',
      'the digest of another config, or of an older version of the gateway',
    ],
  },
  GW7001: {
    severity: 'error',
    title: 'a token is valid for too long',
    help: 'issue a new one with a nearer expiry, or raise `tokens.maxAge`',
    why: `Every token ends, at most \`tokens.maxAge\` after it was created: that is how
      long a lost one can be used. The runtime refuses it from then on, whatever
      the record says, so the record should not promise more.`,
    causes: ['`maxAge` was lowered', 'the record was written by hand'],
    wrong: `
[token.abcdefghijkl]
subject = "ann"
team = "docs"
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
created = 2026-11-01T00:00:00Z
expires = 2028-11-01T00:00:00Z
`,
    right: `
[token.abcdefghijkl]
subject = "ann"
team = "docs"
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
created = 2026-11-01T00:00:00Z
expires = 2027-01-01T00:00:00Z
`,
    language: 'toml',
  },
  GW7002: {
    severity: 'error',
    title: 'a token is recorded twice',
    help: 'remove one of the records',
    why: `One id has two records, in the config and in the tokens file. Revoking the
      token in one of them would leave it alive in the other.`,
    causes: ['a record was copied from the tokens file into the config'],
  },
  GW7003: {
    severity: 'error',
    title: 'a token that is never valid',
    help: '`created`, `notBefore` and `expires` must follow each other',
    why: `The record ends before it begins, so its token is refused from the first
      moment. Its holder would look for the fault elsewhere.`,
    wrong: `
[token.abcdefghijkl]
subject = "ann"
team = "docs"
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
created = 2026-11-01T00:00:00Z
expires = 2026-10-01T00:00:00Z
`,
    right: `
[token.abcdefghijkl]
subject = "ann"
team = "docs"
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
created = 2026-11-01T00:00:00Z
expires = 2026-12-01T00:00:00Z
`,
    language: 'toml',
  },
  GW7004: {
    severity: 'warning',
    title: 'a token without a role',
    help: 'it may do nothing: give it `roles`, or a `team` that has some',
    why: `Without a role a token may do nothing: what no \`allow\` names is refused. Its
      holder can connect and sees an empty list of tools. A token has its own roles
      or, when it names none, those of its team.`,
    wrong: `
[token.abcdefghijkl]
subject = "ann"
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
created = 2026-11-01T00:00:00Z
expires = 2026-12-01T00:00:00Z
`,
    right: `
[token.abcdefghijkl]
subject = "ann"
team = "docs"
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
created = 2026-11-01T00:00:00Z
expires = 2026-12-01T00:00:00Z
`,
    language: 'toml',
  },
  GW7005: {
    severity: 'error',
    title: 'a break-glass token that is valid for too long',
    help: 'set `expires` to at most an hour after `created`: the token is for one emergency',
    why: `A break-glass token gives somebody more than usual for as long as an emergency
      lasts: an hour from \`created\` at most. The runtime refuses it from then on,
      whatever the record says. A new one takes a minute.`,
    wrong: `
[token.abcdefghijkl]
subject = "ann"
kind = "break-glass"
team = "docs"
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
created = 2026-11-22T12:00:00Z
expires = 2026-11-22T14:00:00Z
reason = "INC-42: the queue is stuck"
`,
    right: `
[token.abcdefghijkl]
subject = "ann"
kind = "break-glass"
team = "docs"
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
created = 2026-11-22T12:00:00Z
expires = 2026-11-22T13:00:00Z
reason = "INC-42: the queue is stuck"
`,
    language: 'toml',
  },
  GW7006: {
    severity: 'error',
    title: 'a break-glass token without a reason',
    help: 'add `reason`: what the emergency was',
    why: `Whoever reads the record later must learn why somebody was given more than
      usual. Without a reason the runtime refuses the token, so that none is used
      before it is explained.`,
    wrong: `
[token.abcdefghijkl]
subject = "ann"
kind = "break-glass"
team = "docs"
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
created = 2026-11-22T12:00:00Z
expires = 2026-11-22T13:00:00Z
`,
    right: `
[token.abcdefghijkl]
subject = "ann"
kind = "break-glass"
team = "docs"
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
created = 2026-11-22T12:00:00Z
expires = 2026-11-22T13:00:00Z
reason = "INC-42: the queue is stuck"
`,
    language: 'toml',
  },
} satisfies CodeTexts)

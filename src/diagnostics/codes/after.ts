// Codes of the lock (GW5), of expectations (GW6) and of tokens (GW7).
// In: nothing. Out: entries by code.
// INVARIANT: see entry.ts.

import type { CodeTexts } from './entry.ts'

export const AFTER = Object.freeze({
  GW5001: {
    severity: 'error',
    title: 'the lock file is malformed',
    help: '`gateway lock` writes this file: run it again, also after a merge conflict',
    why: `A command writes the lock, and this file does not have the form that
      the command writes. The gateway uses nothing in it until \`gateway
      lock\` has written it again.`,
    causes: [
      'a merge conflict: `gateway lock` writes the whole file again, so nothing is lost',
      'another release wrote the file, in another format',
    ],
  },
  GW5002: {
    severity: 'error',
    title: 'the lock was edited',
    help: 'run `gateway lock` for that server, and review what it writes',
    why: `The lock contains a digest of what is locked for each server, and
      this digest does not match. Clients get what the lock contains, so it
      must be what the server offered and a person reviewed, without later
      edits.`,
    causes: [
      'an edit by hand, such as a shortened description',
      'a merge that took some lines of each side',
    ],
  },
  GW5003: {
    severity: 'warning',
    title: 'the lock holds a server that is not declared',
    help: 'run `gateway lock`, which removes it',
    why: `The lock contains a server that the config does not declare. This
      does no harm, but it misleads readers of the lock.`,
    causes: ['a server that was removed or renamed after it was locked'],
  },
  GW5004: {
    severity: 'warning',
    title: 'gateway-env.d.ts does not match the lock',
    help: 'run `gateway lock`, which writes both',
    why: `Your editor takes the names of tools from gateway-env.d.ts. That
      file contains other names than the lock, so the editor marks names that
      are right, or accepts names that are wrong.`,
    causes: [
      'a lock that was committed without the types, or the other way round',
    ],
  },
  GW6001: {
    severity: 'error',
    title: 'an expectation does not hold',
    help: 'correct the rules, or the expectation',
    why: `\`tests\` states what must be allowed and what must be refused after
      every change of the rules. The rules now decide otherwise, and the note
      names the rule that decided. Either a change went further than intended,
      or the expectation is out of date: a review can tell. A config with a
      failed expectation is never served.`,
    causes: [
      'a pattern that is wider than it was meant to be',
      'a role that now extends another role',
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
    why: `\`--min\` requires that expectations cover a share of what roles may
      and may not do, and they cover less. If no expectation covers a rule,
      nobody finds out when it changes.`,
    causes: [
      'a new server or role without expectations of its own',
      'new tools in the lock',
    ],
  },
  GW6003: {
    severity: 'error',
    title: 'the digest of the table was not reviewed',
    help: 'review the change, then add its digest: `gateway compile | jq -r .digest`',
    why: `\`--digest\` names the tables that somebody reviewed, and the config
      compiles to another table. Such a table is not served; after a reload
      the gateway keeps its previous table.`,
    causes: [
      'a change that was merged without its digest',
      'the digest of another config, or of an older version of the gateway',
    ],
  },
  GW6004: {
    severity: 'error',
    title: 'git tracks a secret or the state of a gateway',
    help: 'run `git rm --cached FILE`, add it to .gitignore, and replace every secret that was in a commit',
    why: `Everybody who can read the repository, or ever could, has what is in
      a commit. The key signs the audit and seals the sign-ins of people, a
      secrets file contains credentials of servers, and the audit contains what
      people did. Whoever has the key can also derive the admin token.`,
    causes: [
      'a `git add .` before .gitignore had the lines that `gateway init` adds',
      'a secret that is named with `file:` and lies beside the config',
    ],
  },
  GW7001: {
    severity: 'error',
    title: 'a token is valid for too long',
    help: 'issue a new one with a nearer expiry, or raise `tokens.maxAge`',
    why: `Every token ends at most \`tokens.maxAge\` after it was created,
      which limits how long a lost token can be used. The runtime refuses the
      token from then on, whatever the record contains, so the record must not
      promise more.`,
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
    why: `One id has two records, in the config and in the tokens file. If the
      token were revoked in one of them, it would still be valid in the
      other.`,
    causes: ['a record was copied from the tokens file into the config'],
  },
  GW7003: {
    severity: 'error',
    title: 'a token that is never valid',
    help: '`created`, `notBefore` and `expires` must follow each other',
    why: `The record ends before it begins, so the token is always refused.
      Its holder would look for the fault elsewhere.`,
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
    why: `A token without a role may do nothing, because whatever no \`allow\`
      names is refused. Its holder can connect and gets an empty list of
      tools. A token has its own roles or, when it names none, the roles of
      its team.`,
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
    why: `A break-glass token gives somebody more rights than usual during an
      emergency, for at most an hour from \`created\`. The runtime refuses it
      from then on, whatever the record contains. A new token can be issued
      within a minute.`,
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
    why: `Whoever reads the record later must be able to see why somebody got
      more rights than usual. The runtime refuses a break-glass token without
      a reason, so that nobody uses one without an explanation.`,
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

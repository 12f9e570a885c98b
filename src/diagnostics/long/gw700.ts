// Long forms of GW7000 to GW7009: token records.
// In: nothing. Out: a frozen table.
// INVARIANT: see long-form.ts.

import type { LongForms } from './long-form.ts'

export const GW700: LongForms<'GW700'> = Object.freeze({
  GW7001: {
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
    why: `One id has two records, in the config and in the tokens file. Revoking the
      token in one of them would leave it alive in the other.`,
    causes: ['a record was copied from the tokens file into the config'],
  },
  GW7003: {
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
})

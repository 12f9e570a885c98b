// Long forms of GW6000 to GW6009: expectations.
// In: nothing. Out: a frozen table.
// INVARIANT: see long-form.ts.

import type { LongForms } from './long-form.ts'

export const GW600: LongForms<'GW600'> = Object.freeze({
  GW6001: {
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
    why: `A share of what roles may and may not do was promised to be written down as
      expectations, and less is. What nobody has written down, nobody notices when
      it changes.`,
    causes: [
      'a server or a role that is new, without expectations of its own',
      'a lock that has gained tools since',
    ],
  },
  GW6003: {
    why: `\`--digest\` names the tables that somebody reviewed, and the config makes
      another. Such a table is not served, and a reload keeps the one before.`,
    causes: [
      'a change that was merged without its digest',
      'the digest of another config, or of an older version of the gateway',
    ],
  },
})

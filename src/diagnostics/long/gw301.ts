// Long forms of GW3010 to GW3019: conditions, expectations.
// In: nothing. Out: a frozen table.
// INVARIANT: see long-form.ts.

import type { LongForms } from './long-form.ts'

export const GW301: LongForms<'GW301'> = Object.freeze({
  GW3010: {
    why: `A token has several roles, and what one of them bounds by a condition
      another allows without. The token may then call the tool with any
      arguments. It is a warning, because each role by itself is sound.`,
    wrong: `
roles: {
  merger: {
    allow: { github: [{ tool: 'merge', when: { owner: { equals: 'acme' } } }] },
  },
  owner: { allow: { github: ['*'] } },
},
tokens: {
  grants: {
    abcdefghijkl: {
      subject: 'ann', roles: ['merger', 'owner'], sha256: '0'.repeat(64),
      created: '2026-11-01', expires: '2026-12-01',
    },
  },
},
`,
    right: `
roles: {
  merger: {
    allow: { github: [{ tool: 'merge', when: { owner: { equals: 'acme' } } }] },
  },
  owner: { allow: { github: ['*'] } },
},
tokens: {
  grants: {
    abcdefghijkl: {
      subject: 'ann', roles: ['merger'], sha256: '0'.repeat(64),
      created: '2026-11-01', expires: '2026-12-01',
    },
  },
},
`,
  },
  GW3011: {
    why: `What a pattern stands for depends on the tools that the server has. As long
      as no lock lists them, an expectation about a pattern could neither hold nor
      fail. Name the tools that matter.`,
    wrong: `
roles: { reader: {} },
tests: { 'readers only read': { role: 'reader', deny: { github: ['delete_*'] } } },
`,
    right: `
roles: { reader: {} },
tests: { 'readers only read': { role: 'reader', deny: { github: ['delete_file'] } } },
`,
  },
  GW3012: {
    why: `The server is locked, and the lock has no tool, prompt or rename of that
      name. As an allow it would grant nothing, as a deny it would deny nothing;
      both look as if they did.`,
    causes: [
      'a typing error',
      'the name that clients see: rules name tools as the server does',
      'a server that has the tool since it was locked: run `gateway lock`',
    ],
    wrong: `
roles: { reader: { allow: { github: ['get_isue'] } } },
`,
    right: `
roles: { reader: { allow: { github: ['get_issue'] } } },
`,
    locked: true,
  },
  GW3013: {
    why: `The input schema in the lock has no property of that name. On an allow
      such a condition never holds, so that nobody may call the tool; on a deny
      it always does.`,
    causes: ['a typing error, or an argument that the server has renamed'],
    wrong: `
roles: {
  reader: {
    allow: { github: [{ tool: 'get_issue', when: { ownr: { equals: 'acme' } } }] },
  },
},
`,
    right: `
roles: {
  reader: {
    allow: { github: [{ tool: 'get_issue', when: { owner: { equals: 'acme' } } }] },
  },
},
`,
    locked: true,
  },
  GW3014: {
    why: `The pattern of an expectation matches nothing that is locked. An
      expectation about nothing always holds, and so says nothing.`,
    causes: ['a typing error, or tools that the server no longer has'],
    wrong: `
roles: { reader: {} },
tests: { 'readers only read': { role: 'reader', deny: { github: ['remove_*'] } } },
`,
    right: `
roles: { reader: {} },
tests: { 'readers only read': { role: 'reader', deny: { github: ['delete_*'] } } },
`,
    locked: true,
  },
})

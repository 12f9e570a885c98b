// Codes of check, GW2: the company's login.
// In: nothing. Out: entries by code.
// INVARIANT: see entry.ts.

import type { CodeTexts } from './entry.ts'

export const CHECK_LOGIN = Object.freeze({
  GW2030: {
    severity: 'error',
    title: 'a login that cannot work as written, or lets in others',
    help: 'correct `login`',
    why: `People come with tokens of the identity provider. The gateway fetches
      its keys over https, or within this host, and accepts a token only of
      exactly this issuer. The endpoint has a path of its own, because clients
      drop a token from their configuration once they find a login. An issuer
      that all companies share lets each of them choose the claims of its
      people, so that anybody could become somebody of yours. Beside
      \`server\`, the gateway gives tokens itself, and keys that describe tokens
      of the provider have no meaning.`,
    causes: [
      'an issuer that begins with `http://`',
      'the issuer `https://login.microsoftonline.com/common/v2.0`',
      'a `login.path` that is also `listen.path`, or begins with `/connect`',
    ],
    wrong: `
login: {
  issuer: 'https://login.microsoftonline.com/common/v2.0',
  teams: { claim: 'groups', map: { 'mcp-platform': 'platform' } },
},
roles: { reader: {} },
teams: { platform: { roles: ['reader'] }, interns: { roles: ['reader'] } },
`,
    right: `
login: {
  issuer: 'https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0',
  subject: 'oid',
  teams: { claim: 'groups', map: { 'mcp-platform': 'platform' } },
},
roles: { reader: {} },
teams: { platform: { roles: ['reader'] }, interns: { roles: ['reader'] } },
`,
  },
  GW2031: {
    severity: 'warning',
    title: 'a group whose place in the map is not where it is written',
    help: 'let the provider send names of groups, not numbers',
    why: `The first entry of \`login.teams.map\` that a person is in decides
      their team. Keys of JavaScript objects that are whole numbers always come
      first, in the order of the numbers, wherever they are written. So the
      team of somebody who is in several groups may be another than the file
      seems to say.`,
    wrong: `
login: {
  issuer: 'https://id.example.com',
  teams: { claim: 'groups', map: { admins: 'platform', '1042': 'interns' } },
},
roles: { reader: {} },
teams: { platform: { roles: ['reader'] }, interns: { roles: ['reader'] } },
`,
    right: `
login: {
  issuer: 'https://id.example.com',
  teams: { claim: 'groups', map: { admins: 'platform', contractors: 'interns' } },
},
roles: { reader: {} },
teams: { platform: { roles: ['reader'] }, interns: { roles: ['reader'] } },
`,
  },
} satisfies CodeTexts)

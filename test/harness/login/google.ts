// What Google answers at its token endpoint: an ID token without groups, and an
// access token that nobody else can read.
// In: a provider, other claims. Out: its answers.

import { CLIENT_ID, type Identities } from './identities.ts'

export const OPAQUE = `ya29.${'a0AfB_byC-9'.repeat(12)}`

/** Without `auth_time`, which Google does not say. */
export function answerAsGoogle(
  identities: Identities,
  more: object = {},
): void {
  identities.tokens = async (nonce) => ({
    access_token: OPAQUE,
    expires_in: 3_599,
    token_type: 'Bearer',
    scope: 'openid https://www.googleapis.com/auth/userinfo.email',
    id_token: await identities.vouch(
      {
        azp: CLIENT_ID,
        aud: CLIENT_ID,
        sub: '109876543210987654321',
        hd: 'acme.com',
        email: 'ada@acme.com',
        email_verified: true,
        at_hash: 'x'.repeat(22),
        name: 'Ada Lovelace',
        nonce,
        ...more,
      },
      { typ: 'JWT' },
    ),
  })
}

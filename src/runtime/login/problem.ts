// Why a token of the company's login is refused: one row each.
// In: nothing. Out: the HTTP status of each reason, and its sentence.
// INVARIANT: only a token whose signature is right learns more than its own
// form; a sentence is bounded.

/** 401: another token may be good. 403: the person is signed in, and a further
 * sign-in changes nothing. 503: nobody can tell now. */
interface ProblemRow {
  readonly status: 401 | 403 | 503
  /** `{}` is replaced by a detail. */
  readonly text: string
  /** Somebody may be trying tokens. */
  readonly isGuess?: true
}

const bad = (text: string): ProblemRow => ({ status: 401, text, isGuess: true })
const known = (text: string): ProblemRow => ({ status: 401, text })
const nobody = (text: string): ProblemRow => ({ status: 403, text })

const ROWS = {
  'no token': known('Sign in with the login of the company.'),
  'gateway token': known(
    'This address takes tokens of the login of the company. A token that begins with gwt_ is for {}.',
  ),
  malformed: bad('The token is not a signed JWT.'),
  opaque: bad(
    'The token is not a JWT: only the provider that gave it can read it, and the provider is not asked here. Whoever runs this gateway may add login.introspection or login.server.',
  ),
  algorithm: bad('The token is signed with an algorithm not accepted here.'),
  extension: bad('The token has a header that is not understood here.'),
  type: bad('The token is not an access token.'),
  issuer: bad('The token is of another issuer.'),
  'unknown key': bad('The issuer of the token does not publish its key.'),
  signature: bad('The signature of the token is wrong.'),
  claim: known('The token lacks a valid claim {}.'),
  bound: known('The token is bound to a key: only bearer tokens are taken.'),
  expired: known('The token has expired.'),
  'too old': known('The token is older than is accepted here: get a new one.'),
  'not yet': known('The token is not valid yet.'),
  audience: known('The token is for another resource: its aud must be {}.'),
  inactive: bad('The token has ended, or the provider does not know it.'),
  revoked: known('Access was revoked here: sign in again.'),
  'logged out': known(
    'The provider has ended the session of this sign-in: sign in again.',
  ),
  scope: nobody('The token lacks the scope {}.'),
  client: nobody(
    'is signed in, but with a client that is not accepted here: {}. Ask whoever runs this gateway to add it to login.clients.',
  ),
  'no subject': nobody(
    'is signed in, but the token does not name them: it has no usable claim {}. Ask whoever runs the identity provider to put it into access tokens.',
  ),
  'email not verified': nobody(
    'is signed in, but the identity provider has not verified their email address. Ask whoever runs it.',
  ),
  'no groups': nobody(
    'is signed in, but the token does not say which groups they are in: it has no claim {}. Ask whoever runs the identity provider to put it into access tokens.',
  ),
  'too many groups': nobody(
    'is signed in, but is in more groups than the token can list in {}. Ask whoever runs the identity provider to put only assigned groups, or app roles, into access tokens.',
  ),
  'no team': nobody(
    'is signed in, but none of their groups has a team here. Ask whoever runs this gateway to add one to login.teams.map.',
  ),
  unreachable: {
    status: 503,
    text: 'The identity provider cannot be asked now, so that the token cannot be checked. Try again later.',
  },
  busy: {
    status: 503,
    text: 'Too many tokens are being checked now. Try again later.',
  },
} satisfies Record<string, ProblemRow>

export type ProblemName = keyof typeof ROWS

export const LOGIN_PROBLEMS: Readonly<Record<ProblemName, ProblemRow>> = ROWS

/** Whom a token with a right signature names. */
export interface Who {
  readonly issuer: string
  readonly sub: string
  readonly subject: string
  readonly client: string | null
}

export interface LoginFault {
  readonly problem: ProblemName
  readonly detail?: string
  /** Absent: the signature was wrong, or not looked at. */
  readonly who?: Who | undefined
  readonly retryAfterMs?: number
}

export function describeFault({
  problem,
  detail = '',
  who,
}: LoginFault): string {
  const { status, text } = LOGIN_PROBLEMS[problem]
  const name =
    status === 403 && problem !== 'scope' && (who?.subject || 'Somebody')
  const said = text.replace('{}', () => detail)
  return (name ? `${name} ${said}` : said).slice(0, MAX_TEXT)
}

const MAX_TEXT = 600

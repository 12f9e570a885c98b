// What of an authorization request counts.
// In: the query of a client. Out: the query for oidc-provider.
// INVARIANT: one resource and one set of scopes, whatever a client asks for;
// what stands twice stays twice, so that it is refused.

import { isResource } from './resource.ts'

const KEPT = [
  'response_type',
  'client_id',
  'redirect_uri',
  'state',
  'code_challenge',
  'code_challenge_method',
]

const PROMPTS = ['none', 'login', 'consent', 'select_account']

export function rewriteRequest(
  given: URLSearchParams,
  resource: string,
  scopes: readonly string[],
): URLSearchParams {
  const query = new URLSearchParams()
  for (const name of KEPT) {
    for (const value of given.getAll(name)) query.append(name, value)
  }
  const wanted = new Set(
    given
      .getAll('resource')
      .map((one) => (isResource(one, resource) ? resource : one)),
  )
  if (wanted.size === 0) wanted.add(resource)
  for (const one of wanted) query.append('resource', one)
  query.set('scope', scopes.join(' '))
  const prompts = (given.get('prompt') ?? '').split(' ')
  const known = PROMPTS.filter((one) => prompts.includes(one))
  if (known.length > 0) query.set('prompt', known.join(' '))
  const { response_mode: mode } = Object.fromEntries(given)
  // Others are written with a script.
  if (mode !== undefined && mode !== 'query') {
    query.set('response_mode', 'none of ours')
  }
  return query
}

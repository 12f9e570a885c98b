// What a server says of the credentials that it wants (`WWW-Authenticate`).
// In: the header, as it was received. Out: the parts of its Bearer challenge.
// INVARIANT: linear in the bytes, which are bounded; what cannot be read is as
// if it were not there.

export interface Challenge {
  readonly error: string | undefined
  readonly scopes: readonly string[]
  readonly resourceMetadata: string | undefined
}

const MAX_CHALLENGE = 8_192
const MAX_SCOPES = 64

const NOTHING: Challenge = Object.freeze({
  error: undefined,
  scopes: Object.freeze([]),
  resourceMetadata: undefined,
})

/** A parameter (RFC 9110, 11.2) or, without `=`, the name of a scheme. */
const PART =
  /[\s,]*([!#$%&'*+.^_`|~\w-]+)(?:[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s",=]+)(?=[\s,]|$)))?/y

export function readChallenge(header: string): Challenge {
  if (header.length > MAX_CHALLENGE) return NOTHING
  const found = new Map<string, string>()
  let isBearer = false
  let isKnown = false
  PART.lastIndex = 0
  for (let at = 0; at < header.length; at = PART.lastIndex) {
    const [whole, name = '', quoted, plain] = PART.exec(header) ?? []
    if (whole === undefined) break
    const value = quoted?.replace(/\\(.)/g, '$1') ?? plain
    if (value === undefined) {
      // The first Bearer challenge counts.
      if (isKnown) break
      isBearer = name.toLowerCase() === 'bearer'
      isKnown = isBearer
    } else if (isBearer && !found.has(name.toLowerCase())) {
      found.set(name.toLowerCase(), value)
    }
  }
  return {
    error: found.get('error'),
    scopes: readScopes(found.get('scope')),
    resourceMetadata: found.get('resource_metadata'),
  }
}

/** Scopes that may be sent (RFC 6749, 3.3); none if there are too many. */
export function readScopes(text: unknown): readonly string[] {
  if (typeof text !== 'string' || text.length > MAX_CHALLENGE) return []
  const scopes = new Set(text.split(' ').filter((one) => SCOPE.test(one)))
  return scopes.size > MAX_SCOPES ? [] : [...scopes].sort()
}

const SCOPE = /^[!#-[\]-~]{1,256}$/

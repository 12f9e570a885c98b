// Words of other tools for the words of this language.
// In: a word, and the accepted words. Out: the word that was meant.
// INVARIANT: returns only a word of `known`; a synonym has priority over a word
// with similar spelling (`cmd` is `command`, not `cwd`).

import { suggest } from '../diagnostics/suggest.ts'

const SYNONYMS: Readonly<Record<string, readonly string[]>> = Object.freeze({
  // Keys.
  mcpservers: ['servers'],
  upstreams: ['servers'],
  backends: ['servers'],
  policies: ['roles'],
  groups: ['teams'],
  ratelimits: ['limits'],
  quotas: ['limits'],
  expectations: ['tests'],
  uri: ['url'],
  href: ['url'],
  endpoint: ['url'],
  baseurl: ['url'],
  transport: ['type'],
  cmd: ['command'],
  executable: ['command'],
  arguments: ['args'],
  argv: ['args'],
  environment: ['env'],
  permissions: ['allow'],
  grants: ['allow'],
  inherits: ['extends'],
  parents: ['extends'],
  block: ['deny'],
  forbid: ['deny'],
  max: ['calls'],
  limit: ['calls'],
  rate: ['calls'],
  requests: ['calls'],
  interval: ['per'],
  period: ['per'],
  window: ['per'],
  ttl: ['maxAge'],
  lifetime: ['maxAge'],
  expiry: ['expires'],
  hash: ['sha256'],
  // Values.
  user: ['subject', 'person'],
  subject: ['person'],
  caller: ['person'],
  employee: ['person'],
  service: ['gateway'],
  machine: ['gateway'],
  app: ['gateway'],
  server: ['gateway'],
  oauth2: ['oauth'],
  authorization_code: ['oauth'],
  authorizationcode: ['oauth'],
  client_credentials: ['clientCredentials'],
  person: ['subject'],
  'streamable-http': ['http'],
  streamablehttp: ['http'],
  https: ['http'],
  sse: ['http'],
  local: ['stdio'],
  s: ['second'],
  '1s': ['second'],
  sec: ['second'],
  m: ['minute'],
  '1m': ['minute'],
  '60s': ['minute'],
  min: ['minute'],
  h: ['hour'],
  '1h': ['hour'],
  '60m': ['hour'],
  hr: ['hour'],
  d: ['day'],
  '1d': ['day'],
  '24h': ['day'],
  warning: ['warn'],
  human: ['person'],
})

/** The word of `known` that was probably meant. */
export function findMeant(
  word: string,
  known: readonly string[],
): string | undefined {
  const plain = word.toLowerCase()
  const meant = Object.hasOwn(SYNONYMS, plain) ? SYNONYMS[plain] : undefined
  return meant?.find((one) => known.includes(one)) ?? suggest(word, known)
}

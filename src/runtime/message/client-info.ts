// The name and version of a client, for display and audit only.
// INVARIANT: of bounded length; no permission depends on it.

import { clip } from '../base/json-text.ts'

export interface Client {
  readonly name: string
  readonly version: string
  /** Rendered for the audit: an object, or `null`. */
  readonly fragment: string
}

export const UNNAMED: Client = Object.freeze({
  name: '',
  version: '',
  fragment: 'null',
})

const MAX = 100

/** Most bytes in an audit record. */
const MAX_BYTES = 128

export function makeClient(name: unknown, version: unknown): Client {
  const [own, its] = [name, version].map((one) =>
    typeof one === 'string' ? one.slice(0, MAX) : '',
  ) as [string, string]
  const fragment = `{"name":${clip(own, MAX_BYTES)},"version":${clip(its, MAX_BYTES)}}`
  return { name: own, version: its, fragment }
}

// The config of a client, as text to paste.
// In: a client, an address. Out: the text of its file, its links and commands.
// INVARIANT: no token is in it: a client that cannot be told where the token is
// gets a word in its place.

import type { Client, Filled } from './client.ts'
import { putEntry } from './edit/edit.ts'
import type { Entry } from './edit/format.ts'

/** Stands for the token where the client has no name for it. */
export const PLACEHOLDER = 'YOUR_TOKEN'

export function fillIn({ variable }: Client, url: string): Filled {
  return { url, token: variable ?? PLACEHOLDER }
}

/** What a file gets, the entry of the gateway first. */
export function listEntries(
  { file }: Client,
  filled: Filled,
): readonly Entry[] {
  if (!file) return []
  const { where, value, beside = [] } = file
  return [{ where, value: value(filled) }, ...beside]
}

export function writeSnippet(client: Client, filled: Filled): string {
  const { file, paste } = client
  if (!file) return paste?.write(filled) ?? ''
  const entries = listEntries(client, filled)
  return entries
    .reduce((text, entry) => putEntry(file.format, text, entry), '')
    .trimEnd()
}

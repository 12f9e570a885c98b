// The MCP clients that `connect` knows.
// In: a name. Out: a client.
// INVARIANT: names are unique, and of the form of server names.

import { plain } from '../../diagnostics/shown.ts'
import { suggestHelp } from '../../diagnostics/suggest.ts'
import { Unanswerable } from '../../diagnostics/unanswerable.ts'
import type { Client } from './client.ts'
import { EDITORS } from './editors.ts'
import { PROGRAMS } from './programs.ts'
import { SERVICES } from './services.ts'

/** By title. */
export const CLIENTS: readonly Client[] = [
  ...EDITORS,
  ...PROGRAMS,
  ...SERVICES,
].sort((a, b) => (a.title.toLowerCase() < b.title.toLowerCase() ? -1 : 1))

export function findClient(name: string): Client | undefined {
  return CLIENTS.find((one) => one.name === name)
}

export function mustFindClient(name: string): Client {
  const found = findClient(name)
  if (found) return found
  const names = CLIENTS.map((one) => one.name)
  throw new Unanswerable(
    plain`no client is named ${name}\nhelp: ${suggestHelp(name, names)}`,
  )
}

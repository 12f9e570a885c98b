// Parts that the configs of several clients share.
// In: an address and a text for the token. Out: members of their files.
// INVARIANT: the key of the gateway is the same everywhere.

import { type ConfigFile, type Filled, KEY } from './client.ts'
import type { Where } from './edit/format.ts'

export function under(...section: readonly string[]): Where {
  return { section, key: KEY }
}

export function headersOf({ token }: Filled) {
  return { Authorization: `Bearer ${token}` }
}

/** `mcpServers` of a JSON file. */
export function inServers(
  place: Pick<ConfigFile, 'user' | 'project'>,
  value: ConfigFile['value'],
): ConfigFile {
  return { format: 'json', where: under('mcpServers'), ...place, value }
}

/** The form that most clients read. */
export function writeHttp(filled: Filled) {
  return { type: 'http', url: filled.url, headers: headersOf(filled) }
}

export function writePlain(filled: Filled) {
  return { url: filled.url, headers: headersOf(filled) }
}

export function writeServerUrl(filled: Filled) {
  return { serverUrl: filled.url, headers: headersOf(filled) }
}

export function printJson(value: unknown): string {
  return JSON.stringify(value, null, 2)
}

/** One argument of a POSIX shell. */
export function quoteShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** Names up to here reach every model. */
export const MODEL_NAME = {
  most: 64,
  beyond: 'the interfaces of models refuse a longer name',
}

export const SESSIONS = '2025-11-25'

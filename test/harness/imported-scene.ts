// An import to report on, all of whose texts are one given text.
// In: a text. Out: what its renderers take.

import type { Imported } from '../../src/cli/import/import.ts'
import { finding } from '../../src/diagnostics/report.ts'

/** What came of a file whose every text is this one. */
export function importedOf(text: string): Imported {
  const origin = { file: text, line: 1, form: text, path: text }
  const told = new Map([[text, [text]]])
  const server = { type: 'http', url: `https://${text}` }
  const draft = {
    name: text,
    origins: [origin],
    server,
    description: text,
    questions: told,
    remarks: told,
    dropped: [],
  }
  return {
    text,
    authored: { servers: { [text]: server } },
    drafts: [draft, { ...draft, server: { type: 'stdio', command: text } }],
    outcomes: [{ origin, name: text, server: text }],
    dropped: [{ origin, key: text, why: text }],
    variables: [{ name: text, servers: [text] }],
    unread: [],
    findings: [finding('GW2015', text, text)],
  }
}

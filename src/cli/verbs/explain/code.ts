// `gateway explain GW3002`: the long form of a code.
// In: the code, in any case. Out: text, JSON or Markdown.
// INVARIANT: only codes of the table are explained.

import { isCode, readCode } from '../../../diagnostics/codes/all.ts'
import { CODES } from '../../../diagnostics/codes.ts'
import { quote } from '../../../diagnostics/credential.ts'
import {
  renderCode,
  renderCodeMarkdown,
} from '../../../diagnostics/render/code.ts'
import {
  fitted,
  json,
  ours,
  plain,
  verbatim,
} from '../../../diagnostics/shown.ts'
import { listHelp, suggest } from '../../../diagnostics/suggest.ts'
import type { CodeDocument } from '../../documents/answers.ts'
import { say } from '../../say.ts'
import type { Io } from '../../verb.ts'
import type { ExplainOptions } from './options.ts'

export function explainCode(
  written: string,
  { report }: ExplainOptions,
  io: Io,
): number {
  const code = written.toUpperCase()
  if (!isCode(code)) {
    say(
      io.stderr,
      plain`error: unknown code ${quote(written)}\n${suggestCode(code)}\n`,
    )
    return 1
  }
  const entry = readCode(code)
  const forms = {
    human: () => fitted((columns) => ours(renderCode(entry, columns))),
    json: () => {
      const object: CodeDocument = { formatVersion: 1, ...entry }
      return json(object)
    },
    markdown: () => verbatim(renderCodeMarkdown(entry)),
  }
  say(io.stdout, forms[report]())
  return 0
}

/** The nearest of the same stage or of all; otherwise the stage's codes. */
function suggestCode(code: string): string {
  const all = Object.keys(CODES)
  const stage = all.filter((one) => one.startsWith(code.slice(0, 3)))
  const nearest = suggest(code, stage) ?? suggest(code, all)
  return listHelp(nearest, stage.length > 0 ? stage : all, 'possible')
}

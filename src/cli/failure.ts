// Why a verb has no result, for a program that asked for JSON.
// In: findings, and what the verb said on stderr. Out: one document.
// INVARIANT: with `--report json` there is a document on stdout whatever
// happens; its shape is schema/failure.schema.json.

import type { FailureReport } from '../contract/failure-report.ts'
import type { RenderOptions } from '../diagnostics/render/findings.ts'
import { listFindings } from '../diagnostics/render/json.ts'
import type { Report } from '../diagnostics/report.ts'
import { json, type Shown } from '../diagnostics/shown.ts'

export class Failure {
  /** Whether a program reads stdout. */
  readonly isWanted: boolean
  #findings: FailureReport['diagnostics'] = []

  constructor(isWanted: boolean) {
    this.isWanted = isWanted
  }

  /** So far, also beside a result. */
  get findings(): FailureReport['diagnostics'] {
    return this.#findings
  }

  addFindings(report: Report, options: RenderOptions): void {
    if (!this.isWanted) return
    this.#findings = [...this.#findings, ...listFindings(report, options)]
  }

  render(command: string, exit: 1 | 2, said: string): Shown {
    const document: FailureReport = {
      formatVersion: 1,
      command,
      status: exit === 1 ? 'not fine' : 'no answer',
      exit,
      problems: readProblems(said),
      diagnostics: this.#findings,
    }
    return json(document)
  }
}

/** A line each; what is indented or begins with `help:` belongs to the line
 * before. */
function readProblems(said: string): FailureReport['problems'] {
  const problems: { message: string; help: string | null }[] = []
  for (const line of said.split('\n')) {
    const text = line.replace(/^error: /, '').trim()
    if (text === '') continue
    const last = problems.at(-1)
    const help = /^(?:help: |\((?=Did you mean))(.*?)\)?$/.exec(text)?.[1]
    if (last && help !== undefined) {
      last.help = last.help === null ? help : `${last.help} ${help}`
    } else if (last && /^\s/.test(line)) last.message += ` ${text}`
    else problems.push({ message: text, help: null })
  }
  return problems
}

/** Before commander reads them: wrong usage has a document too. */
export function wantsDocument(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  const flags = end === -1 ? argv : argv.slice(0, end)
  return flags.some(
    (flag, at) =>
      flag === '--report=json' ||
      (flag === 'json' && flags[at - 1] === '--report'),
  )
}

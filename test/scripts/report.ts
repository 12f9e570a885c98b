// What a stream of TAP says: counts by test file, and failures in full.
// In: raw TAP. Out: a report, and a line for each file as it ends.
// INVARIANT: a test is a subtest of a file, or an assertion outside of any; what
// is asserted inside of one is counted apart.

import { Parser, type Result } from 'tap-parser'

export interface FileReport {
  readonly name: string
  /** Subtests of the file, and assertions outside of them. */
  readonly tests: { passed: number; failed: number }
  /** Assertions. */
  passed: number
  failed: number
  skipped: number
  /** Why, each reason once. */
  readonly reasons: Set<string>
}

export interface Report {
  readonly files: FileReport[]
  /** Readable, one text per failure. */
  readonly failures: string[]
  /** What is wrong with the stream itself, or null. */
  broken: string | null
}

/** A parser to write TAP to, and the report that it fills. */
export function createReport(onFile: (file: FileReport) => void): {
  readonly parser: Parser
  readonly report: Report
} {
  const report: Report = { files: [], failures: [], broken: null }
  const parser = new Parser((results) => {
    const seen = report.files.some(({ failed }) => failed > 0)
    if (report.files.length === 0) report.broken ??= 'no test file ran'
    if (!results.ok && !seen) report.broken ??= 'the TAP stream is not whole'
  })
  parser.on('bailout', (reason) => {
    report.broken = `bail out: ${reason}`
  })
  parser.on('child', (child: Parser) => {
    const name = child.name
    const reasons = new Set<string>()
    const tests = { passed: 0, failed: 0 }
    const file = { name, tests, passed: 0, failed: 0, skipped: 0, reasons }
    report.files.push(file)
    follow(child, [name], file, report)
  })
  parser.on('assert', (result: Result) => {
    const file = report.files.find(({ name }) => name === result.name)
    if (!file) return
    close(result, [result.name], file, report, 0)
    // It may have ended badly outside of its tests.
    if (!result.ok && file.tests.failed === 0) file.tests.failed++
    onFile(file)
  })
  return { parser, report }
}

function follow(
  parser: Parser,
  path: readonly string[],
  file: FileReport,
  report: Report,
): void {
  // Failures seen before the subtest that is now open.
  const before: number[] = []
  parser.on('child', (child: Parser) => {
    before.push(file.failed)
    follow(child, [...path, child.name], file, report)
  })
  parser.on('assert', (result: Result) => {
    const where = [...path, result.name]
    if (path.length === 1 && !result.skip) {
      file.tests[result.ok && !result.todo ? 'passed' : 'failed']++
    }
    if (result.closingTestPoint) {
      close(result, where, file, report, before.pop() ?? 0)
    } else if (result.skip) skip(result, file)
    else if (result.ok && !result.todo) file.passed++
    else fail(result, where, file, report)
  })
}

function skip({ skip }: Result, file: FileReport): void {
  file.skipped++
  file.reasons.add(typeof skip === 'string' ? skip : 'no reason given')
}

/** A closing line fails by itself when nothing inside it failed. What is still
 * to do is not done. */
function close(
  result: Result,
  where: readonly string[],
  file: FileReport,
  report: Report,
  before: number,
): void {
  if ((result.ok && !result.todo) || file.failed > before) return
  fail(result, where, file, report)
}

function fail(
  result: Result,
  where: readonly string[],
  file: FileReport,
  report: Report,
): void {
  file.failed++
  report.failures.push(describe(result, where))
}

function describe(result: Result, where: readonly string[]): string {
  const diag = (result.diag ?? {}) as Record<string, unknown>
  const at = diag.at as { fileName?: string; lineNumber?: number } | undefined
  const lines = [`not ok  ${where.join(' › ')}`]
  if (at?.fileName) lines.push(`at ${at.fileName}:${at.lineNumber}`)
  for (const key of ['tapError', 'error', 'message', 'timeout', 'signal']) {
    if (typeof diag[key] === 'string') lines.push(diag[key])
  }
  if (typeof diag.diff === 'string') lines.push(diag.diff.trimEnd())
  else if ('found' in diag) {
    lines.push(`found:  ${JSON.stringify(diag.found)}`)
    lines.push(`wanted: ${JSON.stringify(diag.wanted ?? diag.pattern)}`)
  }
  if (result.tapError) lines.push(result.tapError)
  if (diag.exitCode) lines.push(`exit code ${diag.exitCode}`)
  if (typeof diag.stack === 'string') lines.push(diag.stack.trimEnd())
  return lines.join('\n').replaceAll('\n', '\n    ')
}

// A report as SARIF 2.1.0, for code scanning and editors.
// In: a report, the config's folder in the repository. Out: one JSON text.
// INVARIANT: a finding keeps its fingerprint when lines move; every result has
// one location.

import type {
  Diagnostic,
  Fix,
  Note,
  Range,
  Severity,
} from '../../contract/diagnostic.ts'
import { CODES } from '../codes.ts'
import type { Report } from '../report.ts'
import { json, type Shown } from '../shown.ts'
import {
  docsOf,
  type PlacedFinding,
  placeAll,
  type RenderOptions,
} from './findings.ts'

export interface SarifOptions extends RenderOptions {
  /** Data of the tool. */
  readonly version?: string
}

const SCHEMA =
  'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json'

const LEVELS: Readonly<Record<Severity, string>> = Object.freeze({
  error: 'error',
  warning: 'warning',
  info: 'note',
})

const INDEX: ReadonlyMap<string, number> = new Map(
  Object.keys(CODES).map((code, index) => [code, index]),
)

export function renderSarif(report: Report, options: SarifOptions = {}): Shown {
  const { version } = options
  const findings = placeAll(report, options)
  const fingerprints = listFingerprints(findings)
  const run = {
    tool: {
      driver: {
        name: 'portcullis',
        ...(version !== undefined && { semanticVersion: version }),
        rules: listRules(),
      },
    },
    invocations: [
      { executionSuccessful: report.exit !== 2, exitCode: report.exit },
    ],
    originalUriBaseIds: {
      '%SRCROOT%': { description: { text: 'The root of the repository.' } },
    },
    columnKind: 'utf16CodeUnits',
    results: findings.map((one, index) =>
      describeResult(one, fingerprints[index] ?? ''),
    ),
  }
  const log = { $schema: SCHEMA, version: '2.1.0', runs: [run] }
  return json(log, 2)
}

function listRules() {
  return Object.entries(CODES).map(([code, { severity, title, help }]) => ({
    id: code,
    shortDescription: { text: title },
    help: { text: `${help} (${docsOf(code)})` },
    defaultConfiguration: { level: LEVELS[severity] },
  }))
}

function describeResult(finding: PlacedFinding, fingerprint: string) {
  const { code, severity, message, help, notes, fix } = finding
  // Every viewer shows the message; the other fields may be hidden.
  const text = unlink(help ? `${message}. Help: ${help}` : message)
  const related = notes.flatMap(describeNote)
  return {
    ruleId: code,
    ruleIndex: INDEX.get(code) ?? -1,
    level: LEVELS[severity],
    message: { text },
    locations: [{ physicalLocation: describePlace(finding.at) }],
    ...(related.length > 0 && { relatedLocations: related }),
    partialFingerprints: { 'codeAndPointer/v1': fingerprint },
    ...(fix && { fixes: [describeFix(fix)] }),
  }
}

function describeNote({ message, at }: Note, index: number) {
  if (!at) return []
  const physicalLocation = describePlace(at)
  return [
    { id: index + 1, physicalLocation, message: { text: unlink(message) } },
  ]
}

/** A viewer of SARIF shows `[text](target)` in a message as a link. */
function unlink(text: string): string {
  return text.replaceAll('](', '] (')
}

function describeFix({ title, edits }: Fix) {
  return {
    description: { text: unlink(title) },
    artifactChanges: edits.map(({ at, text }) => ({
      artifactLocation: describeFile(at.file),
      replacements: [
        { deletedRegion: describeRegion(at), insertedContent: { text } },
      ],
    })),
  }
}

function describePlace(at: Range) {
  return { artifactLocation: describeFile(at.file), region: describeRegion(at) }
}

/** A region ends at the column after its last one, like ours. */
function describeRegion({ start, end }: Range) {
  const begin = { startLine: start.line, startColumn: start.column }
  return end ? { ...begin, endLine: end.line, endColumn: end.column } : begin
}

function describeFile(file: string) {
  const uri = file.split('/').map(encodeURIComponent).join('/')
  return { uri, uriBaseId: '%SRCROOT%' }
}

/** By code and pointer; findings with equal ones differ by their order. */
function listFingerprints(findings: readonly Diagnostic[]): readonly string[] {
  const keys = findings.map(({ code, pointer }) => `${code}\0${pointer}`)
  return findings.map(({ message }, index) => {
    const rank = keys.filter(
      (key, other) =>
        key === keys[index] &&
        isBefore(findings[other]?.message ?? '', other, message, index),
    ).length
    return `${hash(keys[index] ?? '')}:${rank + 1}`
  })
}

/** By message, because places move; equal ones by their order. */
function isBefore(a: string, indexA: number, b: string, indexB: number) {
  return a < b || (a === b && indexA < indexB)
}

/** FNV-1a of 64 bits over UTF-16 units; it stores no secret. */
function hash(text: string): string {
  let sum = 0xcbf29ce484222325n
  for (let at = 0; at < text.length; at++) {
    sum ^= BigInt(text.charCodeAt(at))
    sum = (sum * 0x100000001b3n) & 0xffffffffffffffffn
  }
  return sum.toString(16).padStart(16, '0')
}

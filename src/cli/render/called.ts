// The result of a call, as a person reads it.
// In: an answer. Out: text, remarks, the exit code.
// INVARIANT: no text of a tool can move the cursor or forge a line.

import {
  formatJson,
  type Plain,
  plain,
  plainLines,
} from '../../diagnostics/shown.ts'
import { explainRefusal } from '../mcp/failure.ts'
import type { Message } from '../mcp/post.ts'
import type { Called } from '../verbs/call/called.ts'

type Members = Readonly<Record<string, unknown>>

export function judgeCalled({ answer }: Called): 0 | 1 | 2 {
  const { message } = answer
  if (message?.error) return 1
  const result = readMap(message?.result)
  if (!result) return answer.status === 429 ? 1 : 2
  if (result.resultType === 'input_required') return 2
  return result.isError === true ? 1 : 0
}

export function renderCalled(called: Called): {
  readonly result: Plain
  readonly remarks: Plain
} {
  const { answer } = called
  const { message } = answer
  const remarks = plainLines([
    ...describeProblem(called),
    ...describeRecord(called),
  ])
  const result = readMap(message?.result)
  if (message?.error) {
    const { code, message: said } = message.error
    return { result: plainLines([`refused: ${said} (${code})`]), remarks }
  }
  if (!result) {
    const { what, help } = explainRefusal(answer, '', '')
    const lines = [`no result: ${what}`, `help: ${help}`]
    return { result: plain``, remarks: plainLines(lines) }
  }
  if (result.resultType === 'input_required') {
    return { result: plain``, remarks: plainLines(describeQuestions(result)) }
  }
  return { result: plainLines(describeResult(result, called)), remarks }
}

function describeResult(result: Members, called: Called): readonly string[] {
  const content = readList(result.content).flatMap(describeItem)
  const { structuredContent, isError } = result
  const isTold = readList(result.content).some((item) =>
    isSameJson(readMap(item)?.text, structuredContent),
  )
  const isRepeated =
    structuredContent === undefined ||
    (!isTold && repeats(structuredContent, content))
  const structured = isRepeated
    ? []
    : formatJson(structuredContent, 2).split('\n')
  const lines = [
    ...(isTold ? [] : content),
    ...structured,
    ...readList(result.contents).flatMap(describeContents),
    ...readList(result.messages).flatMap(describeMessage),
  ]
  const said = lines.length === 0 ? ['(an empty result)'] : lines
  return isError === true ? [nameFailure(called), ...said] : said
}

/** Refusals that an agent may mend are results too. */
function nameFailure({ record }: Called): string {
  if (!record) return 'refused or failed:'
  if (record.decision !== 'allowed') return 'refused:'
  return record.outcome === 'tool_error'
    ? 'the tool says that it failed:'
    : 'the server failed:'
}

/** One text in a member, as the content has it. */
function repeats(structured: unknown, content: readonly string[]): boolean {
  const [only, ...others] = Object.values(readMap(structured) ?? {})
  if (typeof only !== 'string' || others.length > 0) return false
  return only.trim() === content.join('\n').trim()
}

function isSameJson(text: unknown, value: unknown): boolean {
  if (typeof text !== 'string' || value === undefined) return false
  try {
    return JSON.stringify(JSON.parse(text)) === JSON.stringify(value)
  } catch {
    return false
  }
}

function describeItem(item: unknown): readonly string[] {
  const { type, text, data, mimeType, resource, uri, name } =
    readMap(item) ?? {}
  if (type === 'text') return String(text).split('\n')
  if (type === 'image' || type === 'audio') {
    return [`(${type}, ${String(mimeType)}, ${formatSize(data)})`]
  }
  if (type === 'resource') return describeContents(resource)
  if (type === 'resource_link')
    return [`(link to ${String(uri)}: ${String(name)})`]
  return [`(content of type ${String(type)})`]
}

function describeContents(item: unknown): readonly string[] {
  const { uri, text, blob, mimeType } = readMap(item) ?? {}
  if (typeof text === 'string') return [`(${String(uri)})`, ...text.split('\n')]
  const type = mimeType === undefined ? '' : `${String(mimeType)}, `
  return [`(${String(uri)}, ${type}${formatSize(blob)})`]
}

function describeMessage(item: unknown): readonly string[] {
  const { role, content } = readMap(item) ?? {}
  return [`${String(role)}:`, ...describeItem(content)]
}

/** Of a text in base64. */
function formatSize(data: unknown): string {
  if (typeof data !== 'string') return 'no data'
  const bytes = Buffer.byteLength(data, 'base64')
  if (bytes < 1_000) return `${bytes} B`
  if (bytes < 1_000_000) return `${(bytes / 1_000).toFixed(1)} kB`
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}

function describeQuestions(result: Members): readonly string[] {
  const requests = Object.values(readMap(result.inputRequests) ?? {})
  const asked = requests.map((request) => {
    const { method, params } = readMap(request) ?? {}
    const { message, url } = readMap(params) ?? {}
    const at = typeof url === 'string' ? ` ${url}` : ''
    return `  ${typeof message === 'string' ? message : String(method)}${at}`
  })
  return [
    'the tool asks something before it answers, and this command cannot reply:',
    ...asked,
    'help: call it from a client that shows questions',
  ]
}

/** Callers are not told more than that it is down; this one runs the gateway. */
function describeProblem({ problem = null }: Called): readonly string[] {
  if (problem === null) return []
  const lines = [`the server is not up: ${problem}`]
  return /\bsecret env:/.test(problem) ? [...lines, SECRET] : lines
}

const SECRET =
  'help: set it in this shell, or name a file of NAME=value lines with --secrets'

/** Why, in the words of the audit. */
function describeRecord({
  record,
  requestId,
  trail,
}: Called): readonly string[] {
  if (!record) return requestId === '' ? [] : [`request ${requestId}`]
  const { decision, rule, limit, reason, outcome, durationMs } = record
  const place = rule ? ` by ${rule.at ?? rule.pointer}` : ''
  const cause = limit ? ` (limit ${limit})` : reason ? ` (${reason})` : ''
  const end = outcome === undefined ? '' : `, ${outcome}`
  const time =
    durationMs === undefined ? '' : ` in ${Math.round(durationMs)} ms`
  return [
    `${decision ?? 'recorded'}${place}${cause}${end}${time}; request ${requestId} in ${trail ?? 'the trail'}`,
  ]
}

export function renderProgress({ method, params }: Message): Plain | undefined {
  if (method !== 'notifications/progress') return undefined
  const { progress, total, message } = readMap(params) ?? {}
  const of = typeof total === 'number' ? ` of ${total}` : ''
  const said = typeof message === 'string' ? `: ${message}` : ''
  return plain`progress ${String(progress)}${of}${said}\n`
}

function readMap(value: unknown): Members | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Members)
    : undefined
}

function readList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

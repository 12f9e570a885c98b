// What the body of a refusal is: an answer, or a text by which the server says
// that it has forgotten the session.
// INVARIANT: only texts about the MCP session match; a tool's own session
// belongs to the tool's answer.

const SUBJECT = 'session(?:[ -]?id)?'
const GONE =
  'not found|(?:is |has |was )?(?:expired|terminated|invalid|unknown|closed|lost|gone)|' +
  'does not exist|has been (?:terminated|closed)|(?:is )?no longer \\w+|(?:is )?required'
const PREFIX =
  '(?:(?:bad request|invalid request|not found|gone|error)[:.,] *)?'

/** `Session not found`, `Bad Request: No valid session ID provided`. */
const LOST = new RegExp(
  `^${PREFIX}(?:` +
    `(?:the |your |mcp |mcp-)*${SUBJECT}(?: (?:with )?(?:id )?['"]?[\\w.-]{1,200}['"]?)? (?:${GONE})` +
    `|(?:no valid|no such|no|invalid|unknown|unrecognized|expired|missing|invalid or missing|missing or invalid|invalid or expired|could not find|cannot find) (?:mcp )?(?:mcp-)?${SUBJECT}` +
    '|(?:the )?server (?:is )?not (?:yet )?initialized' +
    '|not initialized' +
    ')',
  'i',
)

const LONGEST = 1_024

export function saysSessionLost(text: string): boolean {
  return LOST.test(text.slice(0, LONGEST).trim())
}

/** Codes that servers use for session errors (JSON-RPC 2.0 and SDKs). */
export const SESSION_CODES: readonly number[] = [-32600, -32000, -32001, -32002]

/** The message in the body of an error status: JSON-RPC, other JSON or plain
 * text. */
export function readWords(body: Buffer): string {
  const text = body.toString()
  try {
    const value = JSON.parse(text) as { error?: unknown; message?: unknown }
    const error = value?.error as { message?: unknown } | string | undefined
    const words =
      typeof error === 'string' ? error : (error?.message ?? value?.message)
    return typeof words === 'string' ? words : ''
  } catch {
    return text
  }
}

/** Whether the body of an error status is a JSON-RPC answer with an id. */
export function isAnswer(body: Buffer): boolean {
  try {
    const value = JSON.parse(body.toString()) as Record<string, unknown> | null
    return value?.jsonrpc === '2.0' && (value.id ?? null) !== null
  } catch {
    return false
  }
}

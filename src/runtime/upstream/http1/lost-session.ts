// Whether a server's words mean that it has forgotten the session.
// In: a text of a refusal. Out: yes or no.
// INVARIANT: only what is about the session as a whole is taken so; that of a
// tool's own session is the tool's answer.

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

/** Codes of errors that are about the request as a whole (JSON-RPC 2.0; what
 * SDKs answer for a session). */
export const SESSION_CODES: readonly number[] = [-32600, -32000, -32001, -32002]

/** The words in a body of an error status: of JSON-RPC, of other JSON, or plain
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

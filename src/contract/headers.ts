// Headers of a request to a server that nobody but the gateway writes.
// In: nothing. Out: frozen sets of lower-case names.
// INVARIANT: the config may name none of them; the runtime sends none of
// FRAMING_HEADERS that it did not write itself.

/** They say where a message ends and what becomes of the connection. */
export const FRAMING_HEADERS: readonly string[] = Object.freeze([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** They follow from the URL, the message and the session. */
export const MESSAGE_HEADERS: readonly string[] = Object.freeze([
  'accept',
  'accept-encoding',
  'content-encoding',
  'content-type',
  'host',
  'last-event-id',
  'mcp-method',
  'mcp-name',
  'mcp-protocol-version',
  'mcp-session-id',
  'traceparent',
])

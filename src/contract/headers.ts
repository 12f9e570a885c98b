// Headers of a request to a server that only the gateway writes.
// In: nothing. Out: frozen sets of lower-case names.
// INVARIANT: the config may name none of them; the runtime sends none of
// FRAMING_HEADERS that it did not write itself.

/** They define where a message ends and whether the connection stays open. */
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

/** They are derived from the URL, the message and the session. */
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

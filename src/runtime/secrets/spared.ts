// What of a message stays, whatever secret is in it: what clients read it by.
// In: JSON bytes, which of them are to go. Out: fewer that are to go.
// INVARIANT: one pass; what stays is a short key, a whole word of the protocol,
// or what its client has chosen: no text that a server is free to choose.

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a
const SPACES: readonly number[] = [0x20, 0x09, 0x0a, 0x0d]
const OPENING: readonly number[] = [...Buffer.from('{[')]
const CLOSING: readonly number[] = [...Buffer.from('}]')]

/** Shorter keys stay: a secret in one of them would be short itself. */
const SHORT = 8

/** Texts of the client, which the gateway puts there, by key: how deep they stand.
 * Taken out, they would tell whoever guesses a secret that it is right. */
const OWN: ReadonlyMap<string, number> = new Map([
  ['id', 1],
  ['progressToken', 2],
  ['io.modelcontextprotocol/subscriptionId', 3],
])

/** `masked`, by byte: 1 where it goes. */
export function spareWords(bytes: Buffer, masked: Uint8Array): void {
  let depth = 0
  let isOwn = false
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number
    if (OPENING.includes(byte)) depth++
    else if (CLOSING.includes(byte)) depth--
    if (byte !== QUOTE) continue
    const end = findQuote(bytes, at + 1)
    const size = end - at - 1
    const isKey = bytes[skipSpaces(bytes, end + 1)] === COLON
    const word = size <= LONGEST ? bytes.toString('latin1', at + 1, end) : ''
    if ((isKey && size < SHORT) || (!isKey && isOwn) || WORDS.has(word)) {
      masked.fill(0, at + 1, end)
    }
    isOwn = isKey && OWN.get(word) === depth
    at = end
  }
}

function findQuote(bytes: Buffer, from: number): number {
  let at = from
  while (at < bytes.length && bytes[at] !== QUOTE) {
    at += bytes[at] === BACKSLASH ? 2 : 1
  }
  return at
}

function skipSpaces(bytes: Buffer, from: number): number {
  let at = from
  while (SPACES.includes(bytes[at] ?? 0)) at++
  return at
}

/** Keys of errors, results, questions and notices, but for the short ones;
 * values of theirs that a list in the protocol names. */
const WORDS: ReadonlySet<string> = new Set(
  `annotations arguments audience completed contents cursor description
  elicitationId elicitations enumNames experimental extensions inputRequests
  instructions isError jsonrpc lastModified lastUpdatedAt maxItems maxLength
  maxTokens messages metadata mimeType minItems minLength minimum maximum
  modelPreferences createdAt costPriority speedPriority intelligencePriority
  pollInterval pollIntervalMs priority progress progressToken properties
  relatedTask reason requestId requestState requestedSchema required
  resources resultType resultsToRead statusMessage stopReason stopSequences
  structuredContent subscriptionId supported supportedVersions systemPrompt
  temperature toolChoice toolUseId ttlMs cacheScope requiredCapabilities
  sampling elicitation includeContext additionalProperties
  text image audio resource resource_link tool_use tool_result user assistant
  string number integer boolean object array enum email date date-time form
  debug info notice warning error critical alert emergency
  working input_required cancelled failed complete private public none auto
  thisServer allServers endTurn stopSequence maxTokens toolUse
  io.modelcontextprotocol/related-task io.modelcontextprotocol/subscriptionId
  io.modelcontextprotocol/serverInfo io.modelcontextprotocol/logLevel
  sampling/createMessage elicitation/create roots/list
  notifications/message notifications/progress notifications/cancelled
  notifications/elicitation/complete notifications/tasks
  notifications/tasks/status notifications/resources/updated
  notifications/resources/list_changed notifications/tools/list_changed
  notifications/prompts/list_changed notifications/roots/list_changed
  notifications/subscriptions/acknowledged`.split(/\s+/),
)

const LONGEST = Math.max(...[...WORDS].map((word) => word.length))

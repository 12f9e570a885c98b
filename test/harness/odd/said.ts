// One call to an odd server, and what a model reads of its answer.
// In: an answer as data, what must be read. Out: a row of the corpus.

import type { OddAnswer, OddServer, WildCase, World } from '../../wild/case.ts'

export const FINE = { content: [{ type: 'text', text: 'fine' }] }
export const ANSWER =
  '{"jsonrpc":"2.0","id":$id,"result":{"content":[{"type":"text","text":"fine"}]}}'

/** One call to a server with one odd answer to it. */
export function call(
  id: string,
  answer: OddAnswer,
  said: string | RegExp = 'fine',
  server: OddServer = {},
): WildCase {
  return {
    id,
    servers: {
      odd: { ...server, answers: { ...server.answers, 'tools/call': answer } },
    },
    expect: async (world) => wantSaid(world, said),
  }
}

/** What a model reads: of a result, an error of the tool, or of the protocol. */
export async function wantSaid({ call, want }: World, said: string | RegExp) {
  const { result, error } = await call('odd__echo', { a: 1 })
  const text = error
    ? `${error.code} ${error.message}`
    : result?.content?.[0]?.text
  const shown = result?.isError ? `error: ${text}` : String(text)
  const isSaid = typeof said === 'string' ? shown === said : said.test(shown)
  want(isSaid, `it said ${shown}`)
}

/** What proxies put in place of an answer. */
export const html = '<html>at /srv/secret.js</html>'
export const page = { 'content-type': 'text/html' }

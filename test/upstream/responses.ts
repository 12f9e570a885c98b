// That our client takes no response that Node's refuses, and reads the same in
// those that it takes. Covers runtime/upstream.

import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import t from 'tap'
import type { ResponseHead } from '../../src/runtime/upstream/http1/head.ts'
import {
  LastHead,
  ResponseParser,
} from '../../src/runtime/upstream/http1/response.ts'
import { type Reply, replies } from '../harness/http-responses.ts'
import { type NodeResponse, readWithClient } from '../harness/node-client.ts'

const { GUARANTEES_SEED = '20261130', GUARANTEES_TIMES = '1' } = process.env
const RUNS = 1_500 * Number(GUARANTEES_TIMES)

/** Reads are lent from one buffer, with what was read before behind them. */
const SHARED = Buffer.alloc(64 * 1024)

interface OwnResponse {
  readonly progress: 'more' | 'whole' | 'broken'
  readonly problem: string
  readonly status: number
  readonly body: string
  readonly isKept: boolean
  readonly fields: ReturnType<typeof readFields>
  /** Pieces that were read, and whether the end of the stream was. */
  readonly pieces: number
  readonly closes: boolean
}

const NO_FIELDS = {
  type: '',
  coding: '',
  location: '',
  retryAfter: '',
  session: undefined as string | undefined,
}

function readFields(head: ResponseHead) {
  const { type, coding, location, retryAfter, session } = head
  return { type, coding, location, retryAfter, session }
}

function readOurs(
  parser: ResponseParser,
  { pieces, closes }: Reply,
): OwnResponse {
  let status = 0
  let body = ''
  let fields = NO_FIELDS
  parser.reset({
    begin: (head) => {
      status = head.status
      fields = readFields(head)
    },
    take: (bytes, from, end) => {
      body += bytes.toString('latin1', from, end)
    },
  })
  let progress: OwnResponse['progress'] = 'more'
  let read = 0
  while (progress === 'more' && read < pieces.length) {
    const size = SHARED.write(pieces[read] as string, 'latin1')
    progress = parser.feed(SHARED, size)
    read++
  }
  const ends = progress === 'more' && closes
  if (ends) progress = parser.finish()
  const { problem, lasting: isKept } = parser
  const told = { progress, problem, status, body, isKept, fields }
  return { ...told, pieces: read, closes: ends }
}

/** What we take, Node takes too. */
function compare(ours: OwnResponse, nodes: NodeResponse): void {
  const { status, body, fields } = ours
  assert.ok(nodes.isWhole, 'Node does not take it')
  assert.deepEqual([nodes.status, nodes.body], [status, body])
  if (ours.isKept) assert.ok(nodes.isKept, 'Node does not keep the connection')
  const { headers } = nodes
  const type = headers['content-type'] ?? ''
  assert.ok(type.toLowerCase().startsWith(fields.type), 'content-type')
  assert.equal(headers.location ?? '', fields.location)
  assert.equal(headers['retry-after'] ?? '', fields.retryAfter)
  const session = String(headers['mcp-session-id'] ?? '')
  assert.equal(session.split(', ')[0], fields.session ?? '')
  const coding = headers['content-encoding'] ?? ''
  assert.equal(coding.replaceAll(' ', ''), fields.coding)
}

/** Node's parser is new for each response, so its connection is too; ours are two
 * of one server, in turn, and new after one that was not taken. Returns how many
 * we took. */
async function hold(connection: readonly Reply[]): Promise<number> {
  const last = new LastHead()
  const parsers = [new ResponseParser(last), new ResponseParser(last)]
  let taken = 0
  for (const [at, reply] of connection.entries()) {
    const ours = readOurs(parsers[at % 2] as ResponseParser, reply)
    const alone = readOurs(new ResponseParser(), reply)
    assert.deepEqual(ours, alone, 'another one was recalled')
    if (ours.progress !== 'whole') {
      parsers[at % 2] = new ResponseParser(last)
      continue
    }
    const pieces = reply.pieces.slice(0, ours.pieces)
    const bytes = pieces.map((piece) => Buffer.from(piece, 'latin1'))
    compare(ours, await readWithClient(bytes, ours.closes))
    taken++
    // A connection that would not be kept is read on too: the next response may
    // be one that is recalled.
  }
  return taken
}

t.test('what our client takes, that of Node takes', async (t) => {
  let taken = 0
  const property = fc.asyncProperty(replies, async (connection) => {
    taken += await hold(connection)
  })
  await fc.assert(property, { seed: Number(GUARANTEES_SEED), numRuns: RUNS })
  t.ok(taken > RUNS, `${taken} responses were ours`)
})

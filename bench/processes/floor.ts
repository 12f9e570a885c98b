// The least that a proxy on Node's sockets does: a read and a write of each side,
// and the framing that says where a message ends. No policy, no audit.
// In: the upstream's port. Out: its own port.
// INVARIANT: bytes are forwarded as they came; a connection to the upstream has
// one request at a time.

import { type AddressInfo, createServer, type Socket } from 'node:net'
import { LentReads } from '../../src/runtime/http/lent-reads.ts'
import { answerParent } from '../process.ts'
import { WireReader } from '../wire.ts'
import { connect } from 'node:net'

const port = Number(process.argv[2])
const reads = new LentReads()

/** Least work to find the end of a message: its body is not kept. */
const NO_BODY = 0

interface Upstream {
  readonly socket: Socket
  client: Client | undefined
}

interface Client {
  readonly socket: Socket
}

const idle: Upstream[] = []

function open(): Upstream {
  const buffer = Buffer.allocUnsafeSlow(64 * 1024)
  const reader = new WireReader(() => {
    upstream.client = undefined
    idle.push(upstream)
  }, NO_BODY)
  const callback = (size: number) => {
    const bytes = buffer.subarray(0, size)
    upstream.client?.socket.write(Buffer.from(bytes))
    reader.feed(bytes)
    return true
  }
  const socket = connect({ port, host: '127.0.0.1', onread: { buffer, callback } })
  socket.setNoDelay(true)
  socket.on('error', () => socket.destroy())
  const upstream: Upstream = { socket, client: undefined }
  return upstream
}

const server = createServer({ noDelay: true }, (socket) => {
  const client: Client = { socket }
  let waiting: Buffer[] = []
  const reader = new WireReader(() => {
    const upstream = idle.pop() ?? open()
    upstream.client = client
    const [first] = waiting
    upstream.socket.write(
      waiting.length === 1 ? (first as Buffer) : Buffer.concat(waiting),
    )
    waiting = []
  }, NO_BODY)
  socket.on('error', () => socket.destroy())
  reads.start(socket, (bytes) => {
    waiting.push(Buffer.from(bytes))
    reader.feed(bytes)
  })
})

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  answerParent({ port })
})

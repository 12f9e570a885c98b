// The least that a proxy on Node's sockets does: a read and a write on each
// side, and the framing that says where a message ends. No policy, no audit.
// In: the upstream's port. Out: its own port.
// INVARIANT: bytes are forwarded as they came; a connection to the upstream has
// one request at a time.

import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { LentReads } from '../../src/runtime/http/lent-reads.ts'
import { answerParent } from '../process.ts'
import { WireReader } from '../wire.ts'

const port = Number(process.argv[2])
const host = '127.0.0.1'
const reads = new LentReads()

/** Bodies are not kept: only their ends are looked for. */
const KEPT = 0

/** A connection to the upstream, and the client whose request it has. */
interface Upstream {
  readonly socket: Socket
  client: Socket | undefined
}

const idle: Upstream[] = []

function openUpstream(): Upstream {
  const buffer = Buffer.allocUnsafeSlow(64 * 1024)
  const reader = new WireReader(() => {
    upstream.client = undefined
    idle.push(upstream)
  }, KEPT)
  const callback = (size: number) => {
    const bytes = buffer.subarray(0, size)
    upstream.client?.write(Buffer.from(bytes))
    reader.feed(bytes)
    return true
  }
  const socket = connect({ port, host, onread: { buffer, callback } })
  const upstream: Upstream = { socket, client: undefined }
  socket.setNoDelay(true)
  socket.on('error', () => socket.destroy())
  return upstream
}

const server = createServer({ noDelay: true }, (socket) => {
  let pieces: Buffer[] = []
  const reader = new WireReader(() => {
    const upstream = idle.pop() ?? openUpstream()
    upstream.client = socket
    const [first] = pieces
    const isOne = first && pieces.length === 1
    upstream.socket.write(isOne ? first : Buffer.concat(pieces))
    pieces = []
  }, KEPT)
  socket.on('error', () => socket.destroy())
  reads.start(socket, (bytes) => {
    pieces.push(Buffer.from(bytes))
    reader.feed(bytes)
  })
})

server.listen(0, host, () => {
  const { port } = server.address() as AddressInfo
  answerParent({ port })
})

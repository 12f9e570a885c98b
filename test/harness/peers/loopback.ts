// Loaded before a server that listens where it likes: it listens on loopback,
// on a port of the kernel's, and says which.
// In: nothing. Out: a line `Port N` on stdout.
// INVARIANT: nothing else of the server changes.

import { type AddressInfo, Server } from 'node:net'

const { listen } = Server.prototype

Server.prototype.listen = function (this: Server, ...args: unknown[]): Server {
  const done = args.find((one) => typeof one === 'function')
  return listen.call(this, { host: '127.0.0.1', port: 0 }, () => {
    const { port } = this.address() as AddressInfo
    process.stdout.write(`Port ${port}\n`)
    if (done) Reflect.apply(done, this, [])
  })
} as typeof listen

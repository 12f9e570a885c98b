// A preload that lets nobody open a socket or ask for a name.
// In: nothing. Out: a process that ends with 99 and says who tried.
// INVARIANT: loaded by `--import`, so that it works without an environment.

import dgram from 'node:dgram'
import dns from 'node:dns'
import { writeSync } from 'node:fs'
import net from 'node:net'

function forbid(target: object, names: readonly string[]): void {
  for (const name of names) {
    Object.defineProperty(target, name, {
      value: () => {
        writeSync(2, `network: ${name}\n`)
        process.exit(99)
      },
    })
  }
}

forbid(net.Socket.prototype, ['connect'])
forbid(net.Server.prototype, ['listen'])
forbid(dgram, ['createSocket'])
forbid(dns, ['lookup', 'resolve'])
forbid(dns.promises, ['lookup', 'resolve'])

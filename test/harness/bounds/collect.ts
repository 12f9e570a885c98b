// Preloaded into a gateway: says what it holds once all that is garbage is gone.
// In: a message. Out: what `process.memoryUsage` gives.

import { setImmediate } from 'node:timers/promises'

process.on('message', async () => {
  // What a finalizer frees is garbage one round later.
  for (let round = 0; round < 4; round++) {
    globalThis.gc?.()
    await setImmediate()
  }
  process.send?.(process.memoryUsage())
})
process.channel?.unref()

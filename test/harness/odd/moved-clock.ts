// A preload of the built command: moves its clocks when its parent says so.
// In: messages `{ advance: ms }`. Out: an answer to each, when it is done.

const { now } = Date
const monotonic = performance.now.bind(performance)
const moved = { ms: 0 }

Date.now = () => now() + moved.ms
performance.now = () => monotonic() + moved.ms
process.on('message', ({ advance }: { advance: number }) => {
  moved.ms += advance
  process.send?.({})
})
// It keeps nothing alive.
process.channel?.unref()

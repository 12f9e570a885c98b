// Keeps tap's hands off the processes that a test starts: their environment
// is what the test says, and a sealed child stays sealed.
// In: nothing; loaded by node before each test file (.taprc, node-arg).
// INVARIANT: holds whether tap's own preload comes before or after.

interface Watchers {
  listeners: unknown[]
}

const SINGLETON = Symbol.for('process-on-spawn@*:singletonId')
const world = globalThis as { [SINGLETON]?: Watchers }

// tap adds NODE_OPTIONS and variables of its own through this list. Coverage
// of children is lost with it; coverage of the test's own process is not.
const deaf = Object.assign([], { push: () => 0, unshift: () => 0 })
const watchers = world[SINGLETON]
if (watchers) watchers.listeners = deaf
else Object.defineProperty(world, SINGLETON, { value: { listeners: deaf } })

// The runner has put the same into our own environment, which children that
// get none of their own inherit.
const { env } = process
const tapsOwn = /"?--(?:import|loader|experimental-loader)[= ]\S*@tapjs\S*"?/g
const options = (env.NODE_OPTIONS ?? '').replaceAll(tapsOwn, '').trim()
if (options === '') delete env.NODE_OPTIONS
else env.NODE_OPTIONS = options

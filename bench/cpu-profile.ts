// Says where the time of a CPU profile went.
// In: a profile as Node writes it (`--cpu-prof`), the time to look at. Out: the
// share of each place.
// INVARIANT: each sample counts once, for the innermost function of ours that ran;
// what Node and V8 do for that function counts for it too, but for what has a place
// of its own.

interface ProfileNode {
  readonly id: number
  readonly callFrame: { readonly functionName: string; readonly url: string }
  readonly children?: readonly number[]
}

export interface CpuProfile {
  readonly nodes: readonly ProfileNode[]
  /** Microseconds of the monotonic clock. */
  readonly startTime: number
  /** Ids of nodes, and microseconds since the sample before. */
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** Microseconds of the monotonic clock. */
export interface Span {
  readonly begin: number
  readonly end: number
}

/** What V8 writes instead of a function. */
const OF_V8: ReadonlyMap<string, string | undefined> = new Map([
  ['(program)', 'Node: event loop, reads of sockets'],
  ['(garbage collector)', 'V8: garbage collection'],
  ['(root)', undefined],
  ['(idle)', undefined],
])

const WRITES: ReadonlySet<string> = new Set([
  'writev',
  'writeBuffer',
  'writeBuffers',
  'writeString',
  'writeLatin1String',
  'writeUtf8String',
])

const OWN = /\/dist\/src\/(.+)\/[^/]+\.js$/

/** From 0 to 1 by place, together 1; idle time is left out. */
export function sumPlaces(
  profile: CpuProfile,
  { begin, end }: Span,
): ReadonlyMap<string, number> {
  const places = placeNodes(profile.nodes)
  const sums = new Map<string, number>()
  let at = profile.startTime
  let all = 0
  for (const [i, id] of profile.samples.entries()) {
    const took = profile.timeDeltas[i] ?? 0
    at += took
    const place = places.get(id)
    if (place === undefined || at < begin || at > end) continue
    sums.set(place, (sums.get(place) ?? 0) + took)
    all += took
  }
  return new Map([...sums].map(([place, sum]) => [place, sum / all]))
}

/** Undefined for a node that is no work. */
function placeNodes(
  nodes: readonly ProfileNode[],
): ReadonlyMap<number, string | undefined> {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const places = new Map<number, string | undefined>()
  const visit = (node: ProfileNode, room: string | undefined) => {
    const { functionName, url } = node.callFrame
    const own = OWN.exec(url)?.[1] ?? room
    places.set(node.id, placeOf(functionName, url, own))
    for (const id of node.children ?? []) {
      const child = byId.get(id)
      if (child) visit(child, own)
    }
  }
  const [root] = nodes
  if (root) visit(root, undefined)
  return places
}

/** `room`: of the innermost function of ours. */
function placeOf(
  name: string,
  url: string,
  room: string | undefined,
): string | undefined {
  if (OF_V8.has(name)) return OF_V8.get(name)
  const isNative = url === ''
  if (isNative && WRITES.has(name)) {
    return room === 'runtime/audit'
      ? 'kernel: writes of the audit file'
      : 'kernel: writes to sockets'
  }
  return room === undefined ? 'Node: its own functions' : `src/${room}`
}

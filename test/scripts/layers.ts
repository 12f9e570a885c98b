// Which modules the command loads together: each layer is one file of dist/run.
// esbuild alone makes a file for each set of verbs that share a module, fifty of
// them for `serve`, and a process needs longer to open those than to run them.
// In: the graph of dist/src. Out: a plugin, and what each start of a part imports.
// INVARIANT: a module is in one layer at most; what needs a part loads the whole.

import { join } from 'node:path'
import type { Metafile, Plugin } from 'esbuild'

const SERVE = 'cli/verbs/serve.js'

/** All that these import: of it what the command or `serve` loads at once, and
 * no layer before has. */
const LAYERS: readonly (readonly string[])[] = [
  ['cli/run.js'],
  ['cli/verbs/check.js'],
  ['cli/verbs/token.js', 'cli/verbs/audit.js', 'cli/verbs/status.js'],
  ['cli/verbs/lock.js', 'cli/live/live.js'],
  [SERVE],
]

type Inputs = Metafile['inputs']
type Modules = ReadonlySet<string>

export interface Layers {
  readonly plugin: Plugin
  /** What is imported before the module at this path, by the layer's number. */
  readonly before: ReadonlyMap<string, readonly number[]>
}

/** `src` is the folder dist/src; paths of `inputs` begin in `base`. */
export function findLayers(src: string, base: string, inputs: Inputs): Layers {
  const graph = absolute(inputs, base)
  const at = (name: string) => join(src, name)
  const served = listAll([at('cli/run.js'), at(SERVE)], graph)
  const taken = new Set<string>()
  const layers = LAYERS.map((roots) => {
    const all = listAll(roots.map(at), graph)
    const own = [...all].filter((one) => served.has(one) && !taken.has(one))
    for (const one of own) taken.add(one)
    return new Set(own)
  })
  const starts = listStarts(graph)
  return {
    plugin: resolveLayers(src, layers),
    before: new Map(
      starts.map((one) => [one, findTouched(one, layers, graph)]),
    ),
  }
}

interface Imports {
  readonly statics: readonly string[]
  readonly dynamics: readonly string[]
}

type Graph = ReadonlyMap<string, Imports>

function absolute(inputs: Inputs, base: string): Graph {
  return new Map(
    Object.entries(inputs).map(([path, { imports }]) => {
      const own = imports.filter(({ external }) => !external)
      const list = (kind: string) =>
        own
          .filter((one) => one.kind === kind)
          .map((one) => join(base, one.path))
      const statics = list('import-statement')
      return [join(base, path), { statics, dynamics: list('dynamic-import') }]
    }),
  )
}

/** These, and all that they import, in the order in which they run. */
function listAll(roots: Iterable<string>, graph: Graph): Modules {
  const seen = new Set<string>()
  const order = new Set<string>()
  const visit = (path: string) => {
    if (seen.has(path)) return
    seen.add(path)
    for (const one of graph.get(path)?.statics ?? []) visit(one)
    order.add(path)
  }
  for (const root of roots) visit(root)
  return order
}

function listStarts(graph: Graph): readonly string[] {
  return [...new Set([...graph.values()].flatMap(({ dynamics }) => dynamics))]
}

/** The layers that have a part of what it imports, and what those import. */
function findTouched(
  start: string,
  layers: readonly Modules[],
  graph: Graph,
): readonly number[] {
  let all = listAll([start], graph)
  for (;;) {
    const touched = layers.filter((layer) =>
      [...layer].some((one) => all.has(one)),
    )
    const more = listAll([...touched.flatMap((one) => [...one]), start], graph)
    if (more.size === all.size) return touched.map((one) => layers.indexOf(one))
    all = more
  }
}

function resolveLayers(src: string, layers: readonly Modules[]): Plugin {
  return {
    name: 'resolve-layers',
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /^layer:\d+$/ }, ({ path }) => ({
        path: path.slice('layer:'.length),
        namespace: 'layer',
      }))
      onLoad({ filter: /./, namespace: 'layer' }, ({ path }) => ({
        contents: [...(layers[Number(path)] ?? [])]
          .map((module) => `import ${JSON.stringify(module)}\n`)
          .join(''),
        resolveDir: src,
      }))
    },
  }
}

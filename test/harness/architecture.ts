// The architecture as rules: import map, purity, sizes, names.
// In: the sources of src, test and bench. Out: one sentence per violation.
// INVARIANT: a rule without a planted violation in test/architecture.ts fails.

import { eachTopLevel, findImpure, findMember } from './code.ts'
import { type Import, readImports, type Source } from './imports.ts'
import {
  findCircles,
  findUpward,
  measureFunctions,
  RUNTIME_ROOMS,
  roomOf,
} from './layout.ts'
import { COMPILER_ONLY, LATE_ONLY, PACKAGES } from './packages.ts'
import { findReads } from './reads.ts'

export interface Rule {
  readonly name: string
  readonly find: (sources: readonly Source[]) => readonly string[]
}

const COMPILE = ['load', 'check', 'link', 'table']

/** Zone → zones it may import. A zone is a folder of src, or a file in it. */
export const ZONES: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  regular: [],
  diagnostics: ['contract'],
  load: ['contract', 'diagnostics', 'regular'],
  check: ['contract', 'diagnostics'],
  table: ['contract', 'diagnostics'],
  link: ['contract', 'diagnostics', 'table', 'check'],
  compile: ['contract', 'diagnostics', ...COMPILE],
  runtime: ['contract', 'diagnostics', 'regular', 'table'],
  trail: ['contract', 'diagnostics', 'regular', 'table', 'runtime'],
  cli: [
    'contract',
    'diagnostics',
    'regular',
    ...COMPILE,
    'compile',
    'trail',
    'runtime',
  ],
  index: ['contract'],
  embed: ['contract', 'compile', 'runtime'],
  bin: ['cli'],
}

/** Room of the runtime → zones and rooms that it may import, where that is less
 * than what lies below it. */
export const NARROW: Readonly<Record<string, readonly string[]>> = {
  'runtime/base': ['contract', 'regular'],
  'runtime/message': ['contract', 'table', 'runtime/base'],
  'runtime/audit': ['contract', 'runtime/base'],
  'runtime/grants': ['regular', 'runtime/base'],
  'runtime/http': [
    'contract',
    'runtime/audit',
    'runtime/base',
    'runtime/catalog',
    'runtime/message',
  ],
}

/** What of the runtime those outside of it may import. */
export const DOORS: Readonly<Record<string, readonly string[]>> = {
  embed: ['base', 'control', 'gateway'],
  trail: ['audit', 'stages', 'upstream'],
  cli: 'audit base gateway login oauth outward secrets stages upstream'.split(
    ' ',
  ),
}

function mayEnter(from: string, to: string): boolean {
  if (from === to) return true
  const narrow = NARROW[from]
  if (narrow) return narrow.includes(to)
  if (!to.startsWith('runtime/') || from.startsWith('runtime/')) return true
  return DOORS[from]?.includes(to.slice('runtime/'.length)) ?? false
}

/** What the build writes: no source, but its declarations are. */
const BUILT = [
  'src/check/validators.js',
  'src/cli/summaries.js',
  'src/diagnostics/rows.js',
  'src/runtime/message/text-program.js',
]

/** Node builtins: zones not named here may use all of them. */
function mayUseBuiltin({ from, to }: Import): boolean {
  const zone = zoneOf(from)
  if (from === 'src/table/digest.ts') return to === 'node:crypto'
  if (zone === 'diagnostics') {
    return to === 'node:module' && /\/locate[^/]*\.ts$/.test(from)
  }
  if (zone === 'compile') return to === 'node:path'
  if (zone === 'regular') return ['node:fs', 'node:path'].includes(to)
  if (zone === 'bin') return ['node:inspector', 'node:v8'].includes(to)
  return ['load', 'runtime', 'trail', 'cli'].includes(zone)
}

/** What is printed goes through diagnostics/shown.ts and cli/say.ts: signs of
 * another way, and the files that are those ways. */
const OUTPUT = [
  {
    sign: /\bnew (?:Shown|Plain|Markdown)\(/,
    files: [
      'src/diagnostics/shown.ts',
      'src/diagnostics/render/escape.ts',
      'src/diagnostics/render/github.ts',
      'src/cli/render/csv.ts',
    ],
  },
  {
    sign: /\b(?:verbatim|ours)\(/,
    files: [
      'src/diagnostics/shown.ts',
      'src/cli/verbs/serve.ts',
      // An answer of a gateway that goes to a file or a program.
      'src/cli/verbs/call.ts',
      // Links and commands for clients, which name a token and have none.
      'src/cli/clients/render.ts',
      'src/cli/verbs/explain/code.ts',
      'src/cli/verbs/completion.ts',
    ],
  },
  {
    sign: /\bstd(?:out|err)\??\.(?:write|end|send|overwrite)\(|\.stream\b/,
    files: [
      'src/cli/verbs/token/deliver.ts',
      'src/cli/screen.ts',
      'src/cli/progress.ts',
      'src/cli/audit/output.ts',
    ],
  },
]

/** Who may start a process. Of git, one function alone: what a commit holds must
 * not choose what git runs. */
const SPAWNING = [
  'src/cli/git.ts',
  'src/cli/open-browser.ts',
  'src/load/sealed.ts',
  'src/runtime/secrets/run-program.ts',
  'src/runtime/upstream/stdio.ts',
  'src/runtime/upstream/watchdog.ts',
  // Only `taskkill`, on Windows.
  'src/runtime/base/process-group.ts',
]

const PURE = ['check', 'link', 'table']
const MAX_LINES = 400
const MAX_FUNCTION = 60
const MAX_HEAD = 4

function zoneOf(path: string): string {
  return (path.split('/')[1] ?? '').replace(/\.ts$/, '')
}

const inSrc = (sources: readonly Source[]) =>
  sources.filter(({ path }) => path.startsWith('src/'))

const importsOf = (sources: readonly Source[]) =>
  inSrc(sources).flatMap(readImports)

export const RULES: readonly Rule[] = [
  {
    name: 'zones',
    find: (sources) =>
      inSrc(sources)
        .filter(({ path }) => !Object.hasOwn(ZONES, zoneOf(path)))
        .map(({ path }) => `${path}: not a folder or file of the layout`),
  },
  {
    name: 'layers',
    find: (sources) =>
      importsOf(sources)
        .filter(({ kind }) => kind === 'file')
        .filter(({ from, to, typeOnly }) => {
          const [zone, other] = [zoneOf(from), zoneOf(to)]
          if (!to.startsWith('src/')) return true
          if (zone === other) return false
          if (zone === 'link' && other === 'check') return !typeOnly
          return !ZONES[zone]?.includes(other)
        })
        .map(({ from, to }) => `${from} may not import ${to}`),
  },
  {
    name: 'rooms',
    find: (sources) => {
      const found = [
        ...inSrc(sources)
          .filter(({ path }) => zoneOf(path) === 'runtime')
          .filter(({ path }) => !RUNTIME_ROOMS.includes(roomOf(path).slice(8)))
          .map(({ path }) => `${path}: not a room of the runtime`),
        ...findUpward(sources),
        ...importsOf(sources)
          .filter(({ kind, to }) => kind === 'file' && to.startsWith('src/'))
          .filter(({ from, to }) => !mayEnter(roomOf(from), roomOf(to)))
          .map(({ from, to }) => `${from} may not import ${to}`),
      ]
      return [...new Set(found)]
    },
  },
  {
    name: 'circles',
    find: (sources) =>
      findCircles(inSrc(sources))
        .filter(({ files, rooms }) => rooms.length > 1 || files.length > 3)
        .map(({ files }) => `a circle of imports: ${files.join(', ')}`),
  },
  {
    name: 'functions',
    find: (sources) =>
      inSrc(sources)
        .flatMap(measureFunctions)
        .filter(({ lines }) => lines > MAX_FUNCTION)
        .map(
          ({ at, lines }) => `${at} has ${lines} lines, over ${MAX_FUNCTION}`,
        ),
  },
  {
    name: 'extensions',
    find: (sources) =>
      importsOf(sources)
        .filter(({ kind, to }) => kind === 'file' && !to.endsWith('.ts'))
        .filter(({ to }) => !BUILT.includes(to))
        .map(({ from, to }) => `${from} imports ${to} without .ts`),
  },
  {
    name: 'builtins',
    find: (sources) =>
      importsOf(sources)
        .filter((one) => one.kind === 'builtin' && !mayUseBuiltin(one))
        .map(({ from, to }) => `${from} may not import ${to}`),
  },
  {
    name: 'processes',
    find: (sources) =>
      importsOf(sources)
        .filter(({ to }) => /^(?:node:)?child_process$/.test(to))
        .filter(({ from }) => !SPAWNING.includes(from))
        .map(({ from }) => `${from} starts a process by itself`),
  },
  {
    name: 'packages',
    find: (sources) =>
      importsOf(sources)
        .filter(({ kind }) => kind === 'package')
        .filter(({ from, to }) => !PACKAGES[zoneOf(from)]?.includes(to))
        .map(({ from, to }) => `${from} may not import ${to}`),
  },
  { name: 'lean runtime', find: findCompilerPackages },
  { name: 'lean start', find: findStartPackages },
  {
    name: 'purity',
    find: (sources) =>
      inSrc(sources)
        .filter(({ path }) => PURE.includes(zoneOf(path)))
        .flatMap(findImpure),
  },
  {
    name: 'module state',
    find: (sources) =>
      eachTopLevel(inSrc(sources), (node) =>
        node.type === 'VariableDeclaration' && node.kind !== 'const'
          ? `module-level ${node.kind}`
          : undefined,
      ),
  },
  {
    name: 'default export',
    find: (sources) =>
      eachTopLevel(inSrc(sources), (node) =>
        node.type === 'ExportDefaultDeclaration' ? 'export default' : undefined,
      ),
  },
  {
    name: 'process.exit',
    find: (sources) =>
      inSrc(sources)
        .filter(({ path }) => path !== 'src/bin.ts')
        .flatMap((source) => findMember(source, 'process', 'exit')),
  },
  {
    name: 'output',
    find: (sources) =>
      inSrc(sources)
        .filter(({ path }) => ['cli', 'diagnostics'].includes(zoneOf(path)))
        .flatMap(({ path, text }) =>
          OUTPUT.filter(
            ({ sign, files }) => sign.test(text) && !files.includes(path),
          ).map(({ sign }) => `${path} writes by itself: ${sign.source}`),
        ),
  },
  {
    name: 'refusals',
    find: (sources) =>
      inSrc(sources)
        .filter(({ path, text }) => {
          return /\bwriteError\(/.test(text) && !WRITERS.includes(path)
        })
        .map(({ path }) => `${path} writes an error that is no refusal`),
  },
  {
    name: 'length',
    find: (sources) =>
      sources
        .map(({ path, text }) => [path, countLines(text)] as const)
        .filter(([, lines]) => lines > MAX_LINES)
        .map(([path, n]) => `${path} has ${n} lines, over ${MAX_LINES}`),
  },
  {
    name: 'names',
    find: (sources) =>
      inSrc(sources)
        .map(({ path }) => path)
        .filter((path) =>
          /(^|[/.-])(utils?|helpers?|common|misc)([/.-]|$)/i.test(path),
        )
        .map((path) => `${path}: a name that says nothing`),
  },
  { name: 'reads', find: findReads },
  {
    name: 'heads',
    find: (sources) =>
      inSrc(sources)
        .map(({ path, text }) => [path, countHead(text)] as const)
        .filter(([, lines]) => lines < 2 || lines > MAX_HEAD)
        .map(
          ([path, n]) =>
            `${path}: head of ${n} lines, over ${MAX_HEAD} or under 2`,
        ),
  },
]

/** The table of refusals; and what servers are answered. */
const WRITERS: readonly string[] = [
  'src/runtime/message/write.ts',
  'src/runtime/message/refusal.ts',
  'src/runtime/message/server-requests.ts',
  'src/runtime/relay/server-requests.ts',
  'src/runtime/relay/pending-input.ts',
]

function countLines(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
}

function countHead(text: string): number {
  const lines = text.replace(/^#!.*\n/, '').split('\n')
  const end = lines.findIndex((line) => !line.startsWith('//'))
  return end === -1 ? lines.length : end
}

/** Follows value imports from the runtime, whatever zone they cross. */
function findCompilerPackages(sources: readonly Source[]): readonly string[] {
  const edges = importsOf(sources).filter(({ typeOnly }) => !typeOnly)
  const paths = inSrc(sources).map(({ path }) => path)
  // File → the runtime file that it was reached from.
  const reached = new Map(
    paths.filter((path) => zoneOf(path) === 'runtime').map((p) => [p, p]),
  )
  const found: string[] = []
  for (const [path, origin] of reached) {
    for (const { to, kind } of edges.filter(({ from }) => from === path)) {
      if (kind === 'file' && !reached.has(to)) reached.set(to, origin)
      if (COMPILER_ONLY.includes(to)) {
        found.push(`${origin} reaches ${to} through ${path}`)
      }
    }
  }
  return found
}

/** Follows what is loaded with the verb `serve`, before it does anything. */
function findStartPackages(sources: readonly Source[]): readonly string[] {
  const edges = importsOf(sources).filter(
    ({ typeOnly, late }) => !typeOnly && !late,
  )
  const reached = new Set(['src/cli/verbs/serve.ts'])
  const found: string[] = []
  for (const path of reached) {
    for (const { to, kind } of edges.filter(({ from }) => from === path)) {
      if (kind === 'file') reached.add(to)
      if (LATE_ONLY.includes(to)) found.push(`a start loads ${to}: ${path}`)
    }
  }
  return found
}

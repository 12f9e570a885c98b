// Runs the sealed child: the second barrier, around the engine as the first.
// In: a bundle. Out: the child's output on descriptor 3, and how it ended.
// INVARIANT: the child has no environment, file, process or worker; it ends
// within its limits, whatever runs in it and even if its parent has ended.

import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** CPU milliseconds beyond the engine's own limit, for what the engine does not
 * interrupt; wall time where the used CPU time is unknown; the longest wall
 * time, as a multiple of the engine's limit; bytes of the answer; MB of the
 * child's own heap, in addition to the engine's memory. */
const LIMITS = Object.freeze({
  beyond: 2000,
  unknown: 5000,
  wall: 12,
  look: 500,
  answer: 64 * 2 ** 20,
  heap: 64,
})

/** The child reads its program, the engine and the bundle from standard input,
 * because it may read no file. It runs too briefly for optimization. */
const BOOTSTRAP = `
process.on('SIGUSR1', () => {})
require('node:v8').setFlagsFromString('--liftoff-only')
const input = require('node:fs').readFileSync(0)
const [program, engine, time, wall] = [0, 4, 8, 12].map((at) => input.readUInt32LE(at))
const text = input.toString('utf8', 16, 16 + program)
const made = { exports: {} }
new Function('module', 'exports', 'require', text)(made, made.exports, require)
const rest = input.subarray(16 + program)
const bundle = rest.toString('utf8', engine)
made.exports.run(rest.subarray(0, engine), bundle, time, wall)
`

const ENGINE = '@jitl/quickjs-wasmfile-release-sync/wasm'

export interface Ending {
  readonly text: string
  readonly code: number | null
  readonly stopped?: 'time' | 'size'
}

/** `time`: milliseconds of CPU for the config. */
export async function runSealed(bundle: string, time: number): Promise<Ending> {
  const parts = readProgram(bundle, time)
  const child = start()
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const seen: { size: number; stopped?: 'time' | 'size' } = { size: 0 }
    const stop = (reason: 'time' | 'size') => {
      seen.stopped ??= reason
      child.kill('SIGKILL')
    }
    const end = limitTime(child, time, () => stop('time'))
    child.stdio[3]?.on('data', (chunk: Buffer) => {
      seen.size += chunk.length
      if (seen.size > LIMITS.answer) return stop('size')
      return chunks.push(chunk)
    })
    child.on('error', reject)
    child.on('close', (code) => {
      end()
      const text = Buffer.concat(chunks).toString()
      const { stopped } = seen
      resolve(stopped ? { text, code, stopped } : { text, code })
    })
    // A child that ends early closes the pipe: its end gives the cause.
    child.stdin?.on('error', () => {})
    for (const part of parts) child.stdin?.write(part)
    child.stdin?.end()
  })
}

function start(): ChildProcess {
  return spawn(
    process.execPath,
    [
      ...flagsOf(process.allowedNodeEnvironmentFlags),
      '--no-warnings',
      '--expose-gc',
      `--max-old-space-size=${LIMITS.heap}`,
      // For the engine's recursion; the engine's own limit is lower.
      '--stack-size=3000',
      '--eval',
      BOOTSTRAP,
    ],
    { env: {}, stdio: ['pipe', 'ignore', 'ignore', 'pipe'], windowsHide: true },
  )
}

/** The flags that this version of Node supports. */
function flagsOf(known: ReadonlySet<string>): readonly string[] {
  const permission = known.has('--permission')
    ? '--permission'
    : '--experimental-permission'
  const signal = '--disable-sigusr1'
  return known.has(signal) ? [permission, signal] : [permission]
}

function readProgram(bundle: string, time: number): readonly Buffer[] {
  const program = readFileSync(new URL('./realm/program.js', import.meta.url))
  const engine = readFileSync(fileURLToPath(import.meta.resolve(ENGINE)))
  const head = Buffer.alloc(16)
  head.writeUInt32LE(program.length, 0)
  head.writeUInt32LE(engine.length, 4)
  head.writeUInt32LE(time, 8)
  head.writeUInt32LE(time * LIMITS.wall, 12)
  return [head, program, engine, Buffer.from(bundle)]
}

/** Calls `stop` when the child has used its CPU time: on a busy machine only
 * the used time counts. Returns a function that ends the watch. */
function limitTime(
  { pid = 0 }: ChildProcess,
  time: number,
  stop: () => void,
): () => void {
  const most = time + LIMITS.beyond
  const begun = performance.now()
  const timer = setInterval(() => {
    const wall = performance.now() - begun
    if (wall < most) return
    const used = readCpu(pid)
    const over = used === undefined ? wall > most + LIMITS.unknown : used > most
    if (over || wall > time * LIMITS.wall) stop()
  }, LIMITS.look)
  return () => clearInterval(timer)
}

/** CPU milliseconds, read from Linux; its clock has a hundred ticks a second on
 * every system that Node supports. */
function readCpu(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) * 10
  } catch {
    return undefined
  }
}

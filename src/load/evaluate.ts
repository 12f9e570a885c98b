// Evaluates a bundle in a sealed child process.
// In: the bundle. Out: what it exports, as plain data, or findings.
// INVARIANT: no environment, file, process or worker for the child; it ends
// within the limit, and its answer is judged like any other input.

import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Diagnostic, Range } from '../contract/diagnostic.ts'
import { quote } from '../diagnostics/credential.ts'
import type { Bundle, Sources } from '../diagnostics/locate.ts'
import { showPath } from '../diagnostics/pointer.ts'
import { finding } from '../diagnostics/report.ts'
import type { Answer } from './child.ts'

export interface Evaluated {
  readonly value?: unknown
  readonly diagnostics: readonly Diagnostic[]
}

/** Wall time, bytes of answer, MB of heap. */
const LIMITS = Object.freeze({
  time: 5000,
  grace: 100,
  answer: 16 * 2 ** 20,
  heap: 128,
})

/** Exit code of Node when a top-level `await` can never end. */
const NEVER_SETTLES = 13

interface Ending {
  readonly text: string
  readonly code: number | null
  readonly stopped?: 'time' | 'size'
}

export async function evaluateBundle(
  bundle: Bundle,
  texts: Sources['texts'],
): Promise<Evaluated> {
  const ending = await runChild(bundle.code)
  const answer = ending.stopped ? undefined : readAnswer(ending.text)
  if (answer && 'value' in answer) {
    const { value, absent } = answer
    const unread = await findUnread(absent, bundle, texts)
    return { value, diagnostics: unread.map(describeUnread) }
  }
  const diagnostics = answer
    ? await describeAnswer(answer, bundle, texts)
    : [await describeSilence(ending, bundle, texts)]
  return { diagnostics }
}

async function runChild(bundle: string): Promise<Ending> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const file = new URL(`./child.${extension}`, import.meta.url)
  const program = await readFile(fileURLToPath(file), 'utf8')
  const child = spawn(
    process.execPath,
    [
      permissionFlag(),
      '--no-warnings',
      `--max-old-space-size=${LIMITS.heap}`,
      '--input-type=module',
      '--eval',
      program,
    ],
    { env: {}, stdio: ['pipe', 'ignore', 'ignore', 'pipe'], windowsHide: true },
  )
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const seen: { size: number; stopped?: 'time' | 'size' } = { size: 0 }
    const stop = (reason: 'time' | 'size') => {
      seen.stopped ??= reason
      child.kill('SIGKILL')
    }
    // When our own work held the loop up, its answer may be waiting already:
    // what was late is read before the time is said to be over.
    const timers = { last: setTimeout(expire, LIMITS.time) }
    function expire() {
      timers.last = setTimeout(stop, LIMITS.grace, 'time')
    }
    child.stdio[3]?.on('data', (chunk: Buffer) => {
      seen.size += chunk.length
      if (seen.size > LIMITS.answer) return stop('size')
      return chunks.push(chunk)
    })
    child.on('error', reject)
    child.on('close', (code) => {
      clearTimeout(timers.last)
      const text = Buffer.concat(chunks).toString()
      const { stopped } = seen
      resolve(stopped ? { text, code, stopped } : { text, code })
    })
    // A child that dies early closes the pipe: its end says why.
    child.stdin?.on('error', () => {})
    child.stdin?.end(bundle)
  })
}

function permissionFlag(): string {
  const known = process.allowedNodeEnvironmentFlags
  return known.has('--permission')
    ? '--permission'
    : '--experimental-permission'
}

function readAnswer(text: string): Answer | undefined {
  try {
    return JSON.parse(text) as Answer
  } catch {
    return undefined
  }
}

async function describeAnswer(
  answer: Exclude<Answer, { value: unknown }>,
  bundle: Bundle,
  texts: Sources['texts'],
): Promise<readonly Diagnostic[]> {
  if ('strange' in answer) {
    const { strange, absent } = answer
    const pointers = strange.map(({ pointer }) => pointer)
    const all = [...pointers, ...absent]
    const unread = await findUnread(all, bundle, texts)
    return [
      ...unread.map(describeUnread),
      ...strange
        .filter(({ pointer }) => !unread.includes(pointer))
        .map(({ pointer, what }) => {
          const message = `${showPath(pointer)} is ${what}, not plain data`
          return finding('GW1012', pointer, message)
        }),
    ]
  }
  if ('differs' in answer) {
    const { differs } = answer
    const message = `${showPath(differs)} comes out differently when the clock or chance does`
    return [finding('GW1013', differs, message)]
  }
  const at = await placeOf(answer.stack, bundle, texts)
  const extras = at ? { at } : {}
  if ('ended' in answer) {
    const message = `the config calls \`${answer.ended}\``
    return [finding('GW1009', '', message, extras)]
  }
  const { permission, resource = '', thrown } = answer
  if (permission === undefined) {
    const help = helpWith(thrown)
    const message = `the config throws ${quote(thrown)}`
    return [finding('GW1007', '', message, { ...extras, ...help })]
  }
  const message = `the config ${describePermission(permission, resource)}`
  return [finding('GW1011', '', message, extras)]
}

/** A helper that is used and not imported is the mistake made most. */
function helpWith(thrown: string): { readonly help?: string } {
  const helper =
    /^ReferenceError: (basic|bearer|define\w+|http|rolesFor|secret|stdio) is not defined/
  const [, name] = helper.exec(thrown) ?? []
  return name ? { help: `add \`import { ${name} } from 'portcullis'\`` } : {}
}

/** Those pointers whose value is read from the environment in the source. */
async function findUnread(
  pointers: readonly string[],
  bundle: Bundle,
  texts: Sources['texts'],
): Promise<readonly string[]> {
  const reads = Object.values(texts).some((text) => /\benv\b/.test(text))
  if (pointers.length === 0 || !reads) return []
  const { openLocator } = await import('../diagnostics/locate.ts')
  const { readsEnvironment } = openLocator({ config: '', bundle, texts })
  return pointers.filter(readsEnvironment)
}

function describeUnread(pointer: string): Diagnostic {
  const message = `${showPath(pointer)} depends on the environment, which is empty here`
  const help =
    "a secret is a reference, bearer('env:NAME'), that the gateway reads when " +
    'it connects; write out anything else'
  return finding('GW1011', pointer, message, { help })
}

function describePermission(permission: string, resource: string): string {
  const what: Readonly<Record<string, string>> = {
    FileSystemRead: `reads the file ${quote(resource)}`,
    FileSystemWrite: `writes the file ${quote(resource)}`,
    ChildProcess: 'starts a process',
    WorkerThreads: 'starts a worker',
    Net: 'uses the network',
  }
  return what[permission] ?? `asks for ${quote(permission)}`
}

/** No answer came: why, as far as the end of the child tells. */
async function describeSilence(
  { stopped, code }: Ending,
  bundle: Bundle,
  texts: Sources['texts'],
): Promise<Diagnostic> {
  if (stopped === 'size') {
    return finding('GW1017', '', 'the config exports more than 16 MiB of data')
  }
  if (stopped === 'time') {
    const { openLocator } = await import('../diagnostics/locate.ts')
    const loop = openLocator({ config: '', bundle, texts }).locateLoop()
    const message = 'the config has not ended after 5 seconds'
    return finding('GW1008', '', message, loop ? { at: loop } : {})
  }
  if (code === NEVER_SETTLES) {
    return finding('GW1008', '', 'the config awaits what never comes')
  }
  if (code === null || code === 134) {
    return finding('GW1010', '', 'the config uses more than 128 MB of memory')
  }
  return finding('GW1009', '', `the config ended its process with code ${code}`)
}

/** The first frame of a stack that lies in the bundle, in the source. */
async function placeOf(
  stack: string,
  bundle: Bundle,
  texts: Sources['texts'],
): Promise<Range | undefined> {
  const { openSourceMap } = await import('../diagnostics/locate.ts')
  const map = openSourceMap(bundle, { texts })
  const frames = stack.matchAll(/gateway-bundle:(\d+):(\d+)/g)
  return [...frames]
    .map(([, line, column]) =>
      map({ line: Number(line), column: Number(column) }),
    )
    .find((range) => range && !range.file.includes('node_modules/'))
}

// The sealed child's answer for a bundle, as a value or as findings.
// In: the bundle. Out: its export as plain data, or findings.
// INVARIANT: the answer is checked like any other input.

import type { Diagnostic, Range } from '../contract/diagnostic.ts'
import { quote } from '../diagnostics/credential.ts'
import type { Bundle, Sources } from '../diagnostics/locate.ts'
import { showPath } from '../diagnostics/pointer.ts'
import { finding } from '../diagnostics/report.ts'
import { describeMissing } from './missing.ts'
import { type Answer, BUNDLE_NAME, type Stop } from './realm/answer.ts'
import { type Ending, runSealed } from './sealed.ts'

export interface Evaluated {
  readonly value?: unknown
  readonly diagnostics: readonly Diagnostic[]
}

/** Runs a bundle for so many milliseconds of CPU. */
export type Seal = (bundle: string, time: number) => Promise<Ending>

/** Milliseconds of CPU. */
const TIME = 5000

export async function evaluateBundle(
  bundle: Bundle,
  texts: Sources['texts'],
  time = TIME,
  seal: Seal = runSealed,
): Promise<Evaluated> {
  const ending = await seal(bundle.code, time)
  const answer = ending.stopped ? undefined : readAnswer(ending.text)
  if (answer && 'value' in answer) {
    const { value, absent } = answer
    const unread = await findUnread(absent, bundle, texts)
    return { value, diagnostics: unread.map(describeUnread) }
  }
  const diagnostics = await describeAnswer(
    answer ?? { stopped: nameEnding(ending) },
    bundle,
    texts,
  )
  return { diagnostics }
}

/** Without an answer: the cause, as far as the child's end shows it. */
function nameEnding({ stopped, code }: Ending): Stop {
  if (stopped) return stopped
  // Killed or aborted because of its memory.
  if (code === null || code === 134) return 'memory'
  throw new Error(`the evaluation of the config ended with code ${code}`)
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
    const message = `${showPath(differs)} changes with the clock or with random numbers`
    return [finding('GW1013', differs, message)]
  }
  const at = await placeOf(answer.stack ?? '', bundle, texts)
  if ('stopped' in answer) {
    const { stopped } = answer
    const loop = stopped === 'time' && (await findLoop(bundle, texts))
    return [describeStop(stopped, loop || at)]
  }
  const thrown = speakPlainly(answer.thrown)
  const missing = describeMissing(thrown, at, texts)
  if (missing) return [missing]
  const extras = at ? { at } : {}
  const help = helpWith(thrown)
  const message = `the config throws ${quote(thrown)}`
  return [finding('GW1007', '', message, { ...extras, ...help })]
}

/** The same message as in other engines. */
function speakPlainly(thrown: string): string {
  return thrown
    .replace(
      /^(ReferenceError: )'(\S+)' is not defined$/,
      '$1$2 is not defined',
    )
    .replace(/^InternalError: /, 'RangeError: ')
}

/** A helper that is used but not imported is the most common mistake. */
function helpWith(thrown: string): { readonly help?: string } {
  const helper =
    /^ReferenceError: (basic|bearer|clientCredentials|define\w+|http|join|oauth|rolesFor|scheme|secret|stdio) is not defined/
  const [, name] = helper.exec(thrown) ?? []
  return name ? { help: `add \`import { ${name} } from 'portcullis'\`` } : {}
}

/** The pointers whose value the source reads from the environment. */
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
    'it connects; write other values out'
  return finding('GW1011', pointer, message, { help })
}

/** If the config has only one loop, it is the endless one. */
async function findLoop(
  bundle: Bundle,
  texts: Sources['texts'],
): Promise<Range | undefined> {
  const { openLocator } = await import('../diagnostics/locate.ts')
  return openLocator({ config: '', bundle, texts }).locateLoop()
}

function describeStop(stopped: Stop, at: Range | undefined): Diagnostic {
  const said = {
    time: ['GW1008', 'the config did not end within 5 seconds'],
    pending: ['GW1008', 'the config awaits a promise that never resolves'],
    memory: ['GW1010', 'the config uses more than 128 MB of memory'],
    size: ['GW1017', 'the config exports more than 16 MiB of data'],
    values: ['GW1017', 'the config exports more than 250,000 values'],
  } as const
  const [code, message] = said[stopped]
  return finding(code, '', message, at ? { at } : {})
}

/** The first stack frame in the bundle, as a place in the source. */
async function placeOf(
  stack: string,
  bundle: Bundle,
  texts: Sources['texts'],
): Promise<Range | undefined> {
  const { openSourceMap } = await import('../diagnostics/locate.ts')
  const map = openSourceMap(bundle, { texts })
  const lines = bundle.code.split('\n')
  const frames = stack.matchAll(FRAME)
  return [...frames]
    .map(([, line, column]) => {
      const end = Number(column) - 1
      const start = Math.max(0, end - LONGEST_CALLEE)
      const before = lines[Number(line) - 1]?.slice(start, end)
      // The engine gives the parenthesis of a call; the called name is meant.
      const [callee = ''] = /(?:\bnew\s+)?[\w$.]*$/.exec(before ?? '') ?? []
      return map({ line: Number(line), column: Number(column) - callee.length })
    })
    .find((range) => range && !range.file.includes('node_modules/'))
}

/** Characters. */
const LONGEST_CALLEE = 200

const FRAME = new RegExp(`${BUNDLE_NAME}:(\\d+):(\\d+)`, 'g')

// docs/operations.md: each command that it shows is run, in a month that was
// lived through, and prints what the document says.
// In: the document. Out: tap.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { run } from '../../src/cli/run.ts'
import { makeFolder, makeIo, root } from '../harness/gateway.ts'
import {
  isShown,
  readCommand,
  readSteps,
  type Step,
} from '../harness/month/document.ts'
import { liveMonth, SEED } from '../harness/month/month.ts'
import { planEvents, type Stage } from '../harness/month/scenes.ts'

const DOCUMENT = readFileSync(join(root, 'docs/operations.md'), 'utf8')

t.test('every command prints what the document shows', async (t) => {
  const [first, lived] = [makeFolder(t), makeFolder(t)]
  const month = await liveMonth(t, lived, SEED)
  const stage: Stage = { folder: first }
  t.teardown(() => stage.gateway?.close())
  const events = planEvents(month, stage, { first, lived })
  const unused = new Set(Object.keys(events))
  for (const step of readSteps(DOCUMENT)) {
    const due = [...unused].find((key) =>
      `${step.section}: ${step.line}`.startsWith(key),
    )
    if (due !== undefined) {
      unused.delete(due)
      await events[due]?.()
    }
    const { code, printed } = await type(step, stage, month.clock.now)
    t.equal(code, step.exit, step.line)
    if (isShown(printed, step.shown)) t.pass(step.line)
    else t.equal(printed, step.shown, step.line)
  }
  t.strictSame([...unused], [], 'nothing was prepared in vain')
})

t.test('what is shown is meant to the letter, but for …', (t) => {
  const printed = 'one (1)\ntwo\nthree\n'
  for (const shown of [printed, 'one …\n…\nthree\n', '…\n', `…\n${printed}`]) {
    t.ok(isShown(printed, shown), shown)
  }
  for (const shown of ['', 'one (1)\n', 'one 1\n…\n', 'one (1)\n…\nthre\n']) {
    t.notOk(isShown(printed, shown), shown)
  }
  t.end()
})

t.test('what is not run is no command', (t) => {
  const blocks = DOCUMENT.matchAll(/^```(\w+).*\n([\s\S]*?)^```$/gm)
  for (const [, language = '', body = ''] of blocks) {
    t.match(language, /^(?:console|ini|json|text|ts|yaml)$/)
    t.equal(/^\$ /.test(body), language === 'console', body)
  }
  t.end()
})

/** Both streams, as a terminal shows them. */
async function type(
  { line }: Step,
  { folder, gateway }: Stage,
  now: () => number,
) {
  const { args, input } = readCommand(line)
  const [program, ...words] = args
  if (program !== 'gateway') throw new Error(`${line}: none of ours`)
  const io = makeIo(folder)
  io.stdin.end(input ? readFileSync(join(folder, input)) : '')
  io.stderr.pipe(io.stdout, { end: false })
  const argv = words.map((word) =>
    word === 'http://127.0.0.1:4601' ? (gateway?.adminUrl ?? word) : word,
  )
  // The ports are the kernel's.
  if (argv[0] === 'status') argv.push('--gateway', gateway?.adminUrl ?? '')
  const code = await run(argv, { ...io, now })
  await new Promise((resolve) => setImmediate(resolve))
  io.stdout.end()
  return { code, printed: await text(io.stdout) }
}

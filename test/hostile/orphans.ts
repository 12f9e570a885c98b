// A check that is killed while its config runs: the child ends itself.
// In: nothing. Out: ATTACKS.

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Owner } from '../harness/process.ts'
import { until } from '../harness/until.ts'
import type { Attack } from './case.ts'

/** A loop of JavaScript, of the regular expressions, and one that the engine
 * does not interrupt. */
const ENDLESS = [
  'for (;;);',
  "/^(a+)+$/.test('a'.repeat(60) + 'b')",
  '[].indexOf.call({ length: 2 ** 53 - 1 }, 1)',
]

export const ATTACKS: readonly Attack[] = [
  {
    id: 'S11 a parent that is killed leaves no child behind',
    run: async (t) =>
      Promise.all(ENDLESS.map((text) => expectNoOrphan(t, text))),
  },
]

/** Kills a parent that evaluates again and again (a child that has ended, on a
 * machine that is busy, has another after it), while the child is at it; the child must end itself. */
async function expectNoOrphan(t: Owner, text: string) {
  const module = new URL('../../src/load/sealed.js', import.meta.url).href
  const script = `import { runSealed } from ${JSON.stringify(module)}
    for (;;) await runSealed(${JSON.stringify(`${text}\nexport default {}`)}, 200)`
  const parent = spawn(
    process.execPath,
    ['--input-type=module', '--eval', script],
    { stdio: 'ignore' },
  )
  t.teardown(() => parent.kill('SIGKILL'))
  const list = `/proc/${parent.pid}/task/${parent.pid}/children`
  let child = ''
  await until(
    () => {
      child = readFileSync(list, 'utf8').trim()
      return child !== ''
    },
    'a child',
    60_000,
  )
  await until(() => readTicks(child) > 15, 'work of the child', 60_000)
  parent.kill('SIGKILL')
  await until(() => readTicks(child) === Infinity, 'its end', 60_000)
}

/** Hundredths of a second of CPU that a process used; no end to them when it
 * has ended. */
function readTicks(pid: string): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return state === 'Z' ? Infinity : Number(fields[10])
  } catch {
    return Infinity
  }
}

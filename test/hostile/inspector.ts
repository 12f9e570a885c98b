// No process of ours opens an inspector when it gets SIGUSR1: whoever reaches
// an inspector runs code in that process, with its secrets.
// In: nothing. Out: the cases. Each needs the /proc of Linux.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { bin } from '../harness/gateway.ts'
import { makeFolder, type Owner, serveFolder } from '../harness/process.ts'
import { until } from '../harness/until.ts'
import { post } from '../harness/wire.ts'
import type { Attack } from './case.ts'

const STDIO = join(import.meta.dirname, '../harness/stdio-server.js')

const CONFIG = `
import { defineGateway, stdio } from 'portcullis'

export default defineGateway({
  servers: {
    local: stdio({
      command: ${JSON.stringify(process.execPath)},
      args: [${JSON.stringify(STDIO)}],
    }),
  },
  roles: { reader: { allow: { local: ['*'] } } },
})
`

/** Opens the inspector by the signal, before the command is loaded. */
const EARLY = `
const inspector = require('node:inspector')
process.kill(process.pid, 'SIGUSR1')
const end = Date.now() + 60_000
while (inspector.url() === undefined && Date.now() < end);
if (inspector.url() === undefined) process.exit(9)
`

export const ATTACKS: readonly Attack[] = [
  { id: 'S1 SIGUSR1 to a gateway and its watchdog', run: signalAll },
  { id: 'S1 SIGUSR1 while Node starts', run: signalEarly },
  { id: 'S1 SIGUSR1 to the child that evaluates', run: signalEvaluation },
]

async function signalAll(t: Owner): Promise<void> {
  if (process.platform !== 'linux') return
  const folder = makeFolder(t, { 'gateway.config.ts': CONFIG })
  const { child, token, url } = await serveFolder(t, folder, ['--dev'])
  await post(url, token, 'tools/call', { name: 'local__pid', arguments: {} })
  const { pid = 0 } = child
  const watchdog = listChildren(pid).find((one) =>
    /\0-e\0/.test(commandOf(one)),
  )
  assert.ok(watchdog, 'there is a watchdog')
  const before = countListening(pid)
  for (const one of [pid, watchdog]) process.kill(one, 'SIGUSR1')
  await signalUnguarded(t)
  const { status } = await post(url, token, 'tools/list')
  assert.equal(status, 200)
  assert.equal(countListening(pid), before)
  assert.equal(countListening(watchdog), 0)
  assert.ok(!isGone(watchdog))
}

async function signalEarly(t: Owner): Promise<void> {
  if (process.platform !== 'linux') return
  const folder = makeFolder(t, {
    'gateway.config.ts': CONFIG,
    'early.cjs': EARLY,
  })
  const early = ['--inspect-port=0', '-r', join(folder, 'early.cjs')]
  const command = [process.execPath, ...early, bin, 'serve']
  const served = await serveFolder(t, folder, ['--dev'], {}, command)
  assert.match(served.stderr(), /Debugger listening/, 'it was open')
  // The endpoint and the admin listener.
  assert.equal(countListening(served.child.pid ?? 0), 2)
}

async function signalEvaluation(t: Owner): Promise<void> {
  if (process.platform !== 'linux') return
  const folder = makeFolder(t, {
    'gateway.config.ts': 'for (;;);\nexport default {}',
  })
  const check = spawn(process.execPath, [bin, 'check'], { cwd: folder })
  t.teardown(() => check.kill('SIGKILL'))
  const { pid = 0 } = check
  const findChild = () =>
    listChildren(pid).find((one) => commandOf(one).startsWith(process.execPath))
  await until(() => findChild() !== undefined, 'a child evaluates')
  const child = findChild() ?? 0
  // Before its own code runs, too: whatever the moment, nothing listens.
  for (let times = 0; times < 10 && !isGone(child); times++) {
    process.kill(child, 'SIGUSR1')
    await signalUnguarded(t)
    assert.equal(countListening(child), 0)
  }
}

/** Resolves when a process of plain Node, which gets the signal last, has
 * opened its inspector: one that got it before would have. */
async function signalUnguarded(t: Owner): Promise<void> {
  const program = `console.log('started'); setInterval(() => {}, 1_000)`
  const args = ['--inspect-port=0', '-e', program]
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  child.kill('SIGUSR1')
  await once(child.stderr, 'data')
  assert.equal(countListening(child.pid ?? 0), 1)
  child.kill('SIGKILL')
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

function isGone(pid: number): boolean {
  return commandOf(pid) === ''
}

function listChildren(pid: number): readonly number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((one) => {
      try {
        const stat = readFileSync(`/proc/${one}/stat`, 'utf8')
        return (
          Number(stat.slice(stat.lastIndexOf(')') + 4).split(' ')[0]) === pid
        )
      } catch {
        return false
      }
    })
}

/** TCP sockets of a process that wait for connections. */
function countListening(pid: number): number {
  const rows = ['tcp', 'tcp6'].flatMap((name) =>
    readFileSync(`/proc/net/${name}`, 'utf8').split('\n').slice(1),
  )
  const listening = rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([, , , state]) => state === '0A')
    .map((row) => `socket:[${row[9]}]`)
  return listSockets(pid).filter((one) => listening.includes(one)).length
}

function listSockets(pid: number): readonly string[] {
  const folder = `/proc/${pid}/fd`
  try {
    return readdirSync(folder).flatMap((name) => {
      try {
        return [readlinkSync(join(folder, name))]
      } catch {
        return []
      }
    })
  } catch {
    return []
  }
}

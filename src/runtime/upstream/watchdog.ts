// Ends the child processes of a gateway that was killed.
// INVARIANT: the watchdog process reads a pipe; when the gateway dies, the pipe
// closes and every listed process group is killed.

import { type ChildProcess, spawn } from 'node:child_process'
import { HAS_GROUPS } from '../base/process-group.ts'

/** The program of the watchdog process, without a file on disk. */
const PROGRAM = `
// Without a listener, Node answers SIGUSR1 by opening the inspector.
for (const signal of ['SIGUSR1', 'SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {})
}
const groups = new Set()
let rest = ''
process.stdin.setEncoding('utf8')
process.stdin.on('data', (text) => {
  const lines = (rest + text).split('\\n')
  rest = lines.pop()
  for (const line of lines) {
    const pid = Number(line.slice(1))
    if (line[0] === '+') groups.add(pid)
    else groups.delete(pid)
  }
})
process.stdin.on('close', () => {
  for (const pid of groups) {
    if (process.platform === 'win32') {
      const args = ['/pid', String(pid), '/T', '/F']
      require('node:child_process').spawnSync('taskkill', args)
    }
    try { process.kill(-pid, 'SIGKILL') } catch {}
  }
})
`

export class Watchdog {
  #process: ChildProcess | undefined

  /** Starts the watchdog with the first group. */
  add(pid: number): void {
    this.#process ??= start()
    this.#process.stdin?.write(`+${pid}\n`)
  }

  remove(pid: number): void {
    this.#process?.stdin?.write(`-${pid}\n`)
  }

  close(): void {
    this.#process?.stdin?.end()
  }
}

function start(): ChildProcess {
  const child = spawn(process.execPath, ['-e', PROGRAM], {
    env: {},
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: HAS_GROUPS,
    windowsHide: true,
  })
  child.stdin?.on('error', () => {
    // The watchdog itself was ended; children then end with their stdin.
  })
  child.on('error', () => {})
  child.unref()
  return child
}

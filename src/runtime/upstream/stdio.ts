// The stdio transport: one child process, one JSON message a line.
// In: a command of the table, resolved environment. Out: a Transport.
// INVARIANT: argv only, never a shell; the environment is what the config
// names plus PATH, HOME, LANG; the whole process group ends with the child.

import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { LONG, lengthOf } from '../base/pieces.ts'
import { endGroup, HAS_GROUPS } from '../base/process-group.ts'
import type { Account } from './account.ts'
import { describeUnstarted } from './command.ts'
import { editOutgoing, type Outgoing } from './encoding.ts'
import { type Failure, formatBytes } from './failure.ts'
import { LineFramer } from './http1/frames.ts'
import { Pacer } from './http1/pacer.ts'
import { LastWords } from './last-words.ts'
import { Notes } from './notes.ts'
import type { Sender, Sent, Transport, TransportEvents } from './transport.ts'
import type { Watchdog } from './watchdog.ts'

export interface Command {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Absolute. */
  readonly cwd: string
  /** Null: as the gateway itself. */
  readonly account: Account | null
}

/** Grace between closing stdin, SIGTERM and SIGKILL. */
const GRACE_MS = 2_000

const LAST_WORDS_MS = 200

const SENT: Sent = { answered() {}, abandon() {} }
const NOBODY: Sender = { failed() {} }

export class StdioTransport implements Transport {
  readonly attributes = false
  readonly #child: ChildProcess
  readonly #events: TransportEvents
  readonly #watchdog: Watchdog
  readonly #cap: number
  #over = false
  readonly #words = new LastWords()
  /** Bytes of stdout so far. */
  #heard = 0

  /** `cap` bounds one message in bytes; `note` takes what the child says on
   * stderr, a line at a time. */
  constructor(
    command: Command,
    cap: number,
    watchdog: Watchdog,
    events: TransportEvents,
    note: (line: string) => void,
  ) {
    this.#events = events
    this.#cap = cap
    this.#watchdog = watchdog
    this.#child = spawn(command.command, command.args, {
      cwd: command.cwd,
      env: { ...inheritEnvironment(command.account), ...command.env },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: HAS_GROUPS,
      ...(command.account && pickIds(command.account)),
      windowsHide: true,
    })
    const { pid, stdin, stdout, stderr } = this.#child
    if (pid !== undefined) watchdog.add(pid)
    this.#child.once('error', (error) => {
      const detail = describeUnstarted(command, error)
      this.#end({ kind: 'unreachable', detail })
    })
    this.#child.once('exit', () => {
      events.closing()
      this.#awaitLastWords()
    })
    this.#child.once('close', () => this.#endExited())
    stdin?.on('error', () => {
      // The exit event follows and says more.
    })
    if (stdout) this.#readMessages(stdout)
    if (stderr) this.#readNotes(stderr, note)
  }

  #readMessages(stdout: Readable): void {
    const events = this.#events
    const lines = new LineFramer(
      this.#cap,
      (line) => events.message(line),
      () => events.noise(1),
    )
    const setting = `caps.message (${formatBytes(this.#cap)})`
    const detail = 'a line outgrew its cap'
    const pacer = new Pacer(lines, {
      outgrown: () => this.#end({ kind: 'oversized', detail, setting }),
      flooded: (messages) => events.flooded(messages),
    })
    stdout.on('data', (chunk: Buffer) => {
      this.#heard += chunk.length
      if (!this.#over) pacer.feed(chunk, stdout)
    })
  }

  #readNotes(stderr: Readable, note: (line: string) => void): void {
    const notes = new Notes((line) => {
      this.#words.add(line)
      note(line)
    })
    stderr.on('data', (chunk: Buffer) => {
      if (!this.#over) notes.feed(chunk)
    })
  }

  send(outgoing: Outgoing, sender: Sender): Sent {
    const { stdin } = this.#child
    if (this.#over || !stdin?.writable) {
      sender.failed({ kind: 'ended', detail: 'the process is gone' })
      return SENT
    }
    if (stdin.writableLength > this.#cap) {
      sender.failed({ kind: 'busy', detail: 'the process does not read' })
      return SENT
    }
    const bytes = editOutgoing(outgoing)
    const pieces = Buffer.isBuffer(bytes) ? [bytes] : bytes
    const line = pieces.map((one) => (hasLineBreak(one) ? flatten(one) : one))
    if (lengthOf(bytes) < LONG) stdin.write(Buffer.concat([...line, LINE_FEED]))
    else {
      stdin.cork()
      for (const piece of line) stdin.write(piece)
      stdin.write(LINE_FEED)
      stdin.uncork()
    }
    return SENT
  }

  post(bytes: Buffer): void {
    this.send({ bytes }, NOBODY)
  }

  opened(): void {}

  listen(): Promise<void> {
    return Promise.resolve()
  }

  close(): Promise<void> {
    this.#over = true
    const { pid, stdin, exitCode, signalCode } = this.#child
    stdin?.end()
    if (pid === undefined) return Promise.resolve()
    if (exitCode !== null || signalCode !== null) {
      this.#reap(pid)
      return Promise.resolve()
    }
    const terminate = setTimeout(() => endGroup(pid, 'SIGTERM'), GRACE_MS)
    const finish = setTimeout(() => endGroup(pid, 'SIGKILL'), 2 * GRACE_MS)
    return new Promise((resolve) => {
      this.#child.once('exit', () => {
        clearTimeout(terminate)
        clearTimeout(finish)
        this.#reap(pid)
        resolve()
      })
    })
  }

  /** What it wrote last may still be in the pipe, which a grandchild may hold
   * open: so until nothing more comes, and what waits to be read is read. */
  #awaitLastWords(): void {
    const heard = this.#heard
    setTimeout(() => {
      setImmediate(() => {
        if (this.#heard === heard) this.#endExited()
        else this.#awaitLastWords()
      })
    }, LAST_WORDS_MS)
  }

  #endExited(): void {
    const { exitCode, signalCode } = this.#child
    const { text } = this.#words
    const said = text && `: ${text}`
    const detail = `exited with ${signalCode ?? exitCode}${said}`
    this.#end({ kind: 'ended', detail })
  }

  #end(failure: Failure): void {
    if (this.#over) return
    this.#over = true
    const { pid } = this.#child
    if (pid !== undefined) this.#reap(pid)
    this.#events.closed(failure)
  }

  /** What the child itself started goes with it. */
  #reap(pid: number): void {
    endGroup(pid, 'SIGKILL')
    this.#watchdog.remove(pid)
  }
}

function pickIds({ uid, gid }: Account) {
  return { uid, gid }
}

/** On Windows the system adds SystemRoot, TEMP and USERPROFILE itself. */
const INHERITED = HAS_GROUPS
  ? ['PATH', 'HOME', 'LANG']
  : ['PATH', 'PATHEXT', 'HOME', 'LANG', 'APPDATA', 'LOCALAPPDATA', 'ComSpec']

/** The home of whom it runs as. */
function inheritEnvironment(account: Account | null): Record<string, string> {
  const inherited: Record<string, string> = {}
  for (const name of INHERITED) {
    const value = process.env[name]
    if (value !== undefined) inherited[name] = value
  }
  if (account) delete inherited.HOME
  if (account?.home !== undefined) inherited.HOME = account.home
  return inherited
}

const LINE_FEED = Buffer.of(0x0a)

function hasLineBreak(bytes: Buffer): boolean {
  return bytes.includes(0x0a) || bytes.includes(0x0d)
}

/** Line breaks in JSON text stand between tokens only: spaces mean the same. */
function flatten(bytes: Buffer): Buffer {
  return Buffer.from(bytes).map((byte) =>
    byte === 0x0a || byte === 0x0d ? 0x20 : byte,
  ) as Buffer
}

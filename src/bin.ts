#!/usr/bin/env node
// The command `gateway`: hands the process to run() and keeps its exit code.
// In: argv, streams, environment. Out: an exit code.
// INVARIANT: no signal opens the inspector; none of our modules loads before.
import inspector from 'node:inspector'
import { setFlagsFromString } from 'node:v8'

// On SIGUSR1 Node opens the inspector, which runs any code that it is sent.
process.on('SIGUSR1', ignoreSignal)
const { run } = await import('./cli/run.ts')
closeInspector()

const { argv, stdin, stdout, stderr, env } = process
const said = { all: true }
for (const stream of [stdout, stderr]) stream.on('error', noteUnsaid)
const io = { stdin, stdout, stderr, env, cwd: process.cwd(), now: Date.now }
// Only for Node 20: it optimizes code on other threads too late for a short
// run. Later versions do not have the flag. `serve` keeps optimization.
const { v8 } = process.versions
if (v8.startsWith('11.') && argv[2] !== 'serve') {
  setFlagsFromString('--interrupt-budget=1000000')
}
// V8 may place new objects among the old ones, where dead ones keep all that
// they refer to: whole calls are then copied twice by garbage collections.
if (argv[2] === 'serve') {
  setFlagsFromString('--no-allocation-site-pretenuring')
}
const exit = await run(argv.slice(2), io)
process.exitCode = said.all ? exit : 2

/** `gateway token list | head -1` closes our output early: that is no failure.
 * An output that a full disk did not store is a failure. */
function noteUnsaid(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') return
  said.all = false
  process.exitCode = 2
}

function ignoreSignal(): void {}

/** A signal while Node was starting may have opened it. With `--inspect` the
 * operator opened it, and it stays open. */
function closeInspector(): void {
  const { execArgv, env } = process
  const flags = [...execArgv, ...(env.NODE_OPTIONS ?? '').split(/\s+/)]
  const asked = flags.some((flag) =>
    /^--inspect(?:-brk|-wait)?(?:=|$)/.test(flag),
  )
  if (!asked && inspector.url() !== undefined) inspector.close()
}

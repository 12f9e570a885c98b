#!/usr/bin/env node
// The command `gateway`: hands the process to run() and keeps its exit code.
// In: argv, streams, environment. Out: an exit code.
// INVARIANT: no signal opens the inspector; nothing of ours is loaded before.
import inspector from 'node:inspector'
import { setFlagsFromString } from 'node:v8'

// To Node, SIGUSR1 means: open the inspector, which runs any code it is sent.
process.on('SIGUSR1', ignoreSignal)
const { run } = await import('./cli/run.ts')
closeInspector()

const { argv, stdin, stdout, stderr, env } = process
const said = { all: true }
for (const stream of [stdout, stderr]) stream.on('error', noteUnsaid)
const io = { stdin, stdout, stderr, env, cwd: process.cwd(), now: Date.now }
// Node 20 alone: it optimises, on other threads, what is over before that pays.
// Later ones weigh it better, and do not know the flag. `serve` stays.
const { v8 } = process.versions
if (v8.startsWith('11.') && argv[2] !== 'serve') {
  setFlagsFromString('--interrupt-budget=1000000')
}
const exit = await run(argv.slice(2), io)
process.exitCode = said.all ? exit : 2

/** `gateway token list | head -1` closes our output early: no fault of ours.
 * What a full disk did not take was no answer. */
function noteUnsaid(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') return
  said.all = false
  process.exitCode = 2
}

function ignoreSignal(): void {}

/** Opened by a signal that came while Node itself was starting. What the
 * operator asks for with `--inspect` stays. */
function closeInspector(): void {
  const { execArgv, env } = process
  const flags = [...execArgv, ...(env.NODE_OPTIONS ?? '').split(/\s+/)]
  const asked = flags.some((flag) =>
    /^--inspect(?:-brk|-wait)?(?:=|$)/.test(flag),
  )
  if (!asked && inspector.url() !== undefined) inspector.close()
}

#!/usr/bin/env node
// The command `gateway`: hands the process to run() and keeps its exit code.
// In: argv, streams, environment. Out: an exit code.
import { run } from './cli/run.ts'

const { argv, stdin, stdout, stderr, env } = process
// `gateway token list | head -1` closes our output early: no fault of ours.
for (const stream of [stdout, stderr]) stream.on('error', ignoreClosedPipe)
const io = { stdin, stdout, stderr, env, cwd: process.cwd(), now: Date.now }
process.exitCode = await run(argv.slice(2), io)

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}

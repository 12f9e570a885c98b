// Runs compiled test files, a process for each, some at a time. tap's own
// runner costs about as much again as the files themselves.
// In: the root folder, names of test files. Out: the report of all; their TAP
// in .tap/out, one subtest for each, and what they print beside it in .tap/err.
// INVARIANT: how a process ended decides as much as what it printed.

import { spawn } from 'node:child_process'
import { createWriteStream, mkdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { createReport, type FileReport, type Report } from './report.ts'

const JOBS = 3
// A machine that is busy otherwise takes long.
const LIMIT_S = 900
// What takes longest begins first, so that nothing runs alone at the end.
const FIRST = [
  'corpus',
  'conformance',
  'peers',
  'sdks',
  'sse-hostile',
  'sse',
  'process',
  'start',
  'traces',
  'golden',
]

export async function runFiles(
  root: string,
  names: readonly string[],
  onFile: (file: FileReport) => void,
): Promise<Report> {
  mkdirSync(join(root, '.tap'), { recursive: true })
  const out = createWriteStream(join(root, '.tap/out'))
  const err = createWriteStream(join(root, '.tap/err'))
  const { parser, report } = createReport(onFile)
  const write = (tap: string) => {
    out.write(tap)
    parser.write(tap)
  }
  const first = FIRST.flatMap((stem) =>
    names.filter((name) => basename(name) === stem),
  )
  const queue = [...new Set([...first, ...names])]
  let ended = 0
  const work = async (job: number) => {
    for (let name = queue.shift(); name; name = queue.shift()) {
      const file = `dist/test/${name}.js`
      const { said, told, end } = await runFile(root, file, job)
      err.write(told)
      write(asSubtest(file, ++ended, said, end))
    }
  }
  write('TAP version 14\n')
  await Promise.all(Array.from({ length: JOBS }, (_, job) => work(job)))
  write(`1..${ended}\n`)
  parser.end()
  await Promise.all(
    [out, err].map((to) => new Promise<void>((resolve) => to.end(resolve))),
  )
  return report
}

async function runFile(root: string, file: string, job: number) {
  const preload = '--import=./dist/test/harness/plain-children.js'
  const child = spawn(process.execPath, [preload, file], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ...{ TAP: '1', NO_COLOR: '1' },
      ...{ TAP_TIMEOUT: String(LIMIT_S), TAP_JOB_ID: String(job) },
    },
    // It ends itself before, and says where it stood.
    timeout: (LIMIT_S + 20) * 1_000,
    killSignal: 'SIGKILL',
  })
  const closed = new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(`error: ${error.message}`))
    child.on('close', (code, signal) =>
      resolve(signal ? `signal: ${signal}` : code ? `exitCode: ${code}` : ''),
    )
  })
  const [said, told, end] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    closed,
  ])
  return { said, told, end }
}

/** `end` is empty when its process ended well. */
function asSubtest(file: string, at: number, said: string, end: string) {
  const lines = said.trimEnd().split('\n')
  const inner = lines
    .filter((line) => line !== 'TAP version 14')
    .map((line) => (line === '' ? '' : `    ${line}`))
  const closing = end
    ? `not ok ${at} - ${file}\n  ---\n  ${end}\n  ...`
    : `ok ${at} - ${file}`
  return [`# Subtest: ${file}`, ...inner, closing, ''].join('\n')
}

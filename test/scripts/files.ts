// Runs compiled test files, some processes at a time. tap's own runner costs
// about as much again as the files themselves.
// In: the root folder, names of test files. Out: the report of all; their TAP
// in .tap/out, one subtest for each, and what they print beside it in .tap/err.
// INVARIANT: how a process ended decides as much as what it printed, for each
// file that had not ended before.

import { spawn } from 'node:child_process'
import { createWriteStream, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { groupFiles, splitTap } from './groups.ts'
import { createReport, type FileReport, type Report } from './report.ts'

const JOBS = 4
// A machine that is busy otherwise takes long.
const LIMIT_S = 900
const PRELOADS = ['plain-children', 'no-domains'].map(
  (name) => `--import=./dist/test/harness/${name}.js`,
)

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
  const queue = groupFiles(names)
  let ended = 0
  const work = async (job: number) => {
    for (let group = queue.shift(); group; group = queue.shift()) {
      const files = group.map((name) => `dist/test/${name}.js`)
      const { said, told, end } = await runGroup(root, files, job)
      err.write(told)
      for (const part of splitTap(said, files, end)) {
        write(asSubtest(part.file, ++ended, part.said, part.end))
      }
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

async function runGroup(root: string, files: readonly string[], job: number) {
  const runner = files.length > 1 ? ['dist/test/harness/together.js'] : []
  const child = spawn(process.execPath, [...PRELOADS, ...runner, ...files], {
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

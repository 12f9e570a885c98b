// The example of examples/ci-github as a runner sees it: its workflows, and a
// clone of it with the tools that their steps call.
// In: a test. Out: the workflows; a clone to change, commit and run steps in.

import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { Test } from 'tap'
import { parse } from 'yaml'
import { root } from './gateway.ts'
import { makeFolder } from './process.ts'

export const example = join(root, 'examples/ci-github')
const bin = join(root, 'dist/run/gateway.js')

export interface Step {
  readonly name?: string
  readonly run?: string
  readonly uses?: string
  readonly env?: Readonly<Record<string, string>>
  readonly with?: Readonly<Record<string, unknown>>
}

interface Job {
  readonly permissions?: Readonly<Record<string, string>>
  readonly steps: readonly Step[]
}

export interface Workflow {
  readonly on: unknown
  readonly permissions: Readonly<Record<string, string>>
  readonly jobs: Readonly<Record<string, Job>>
}

export function readWorkflow(name: string): Workflow {
  const file = join(example, '.github/workflows', name)
  return parse(readFileSync(file, 'utf8')) as Workflow
}

const AUTHOR = Object.fromEntries(
  ['AUTHOR', 'COMMITTER'].flatMap((who) => [
    [`GIT_${who}_NAME`, 'test'],
    [`GIT_${who}_EMAIL`, 'test@example.com'],
  ]),
)

/** A clone as `actions/checkout` leaves it, on a branch off main. */
export function makeClone(t: Test) {
  const folder = makeFolder(t, {})
  const [repository, tools] = [join(folder, 'repository'), join(folder, 'bin')]
  cpSync(example, repository, { recursive: true })
  const git = (...args: string[]) =>
    execFileSync('git', args, {
      cwd: repository,
      env: { ...process.env, ...AUTHOR },
      stdio: 'pipe',
    })
  git('init', '--quiet', '--initial-branch=main')
  git('add', '--all', '--force')
  git('commit', '--quiet', '--message=base')
  git('update-ref', 'refs/remotes/origin/main', 'HEAD')
  git('checkout', '--quiet', '-b', 'change')
  // `npx --no-install gateway`, of the package that is built here.
  mkdirSync(tools)
  const npx = join(tools, 'npx')
  writeFileSync(
    npx,
    `#!/bin/sh\n[ "$1 $2" = '--no-install gateway' ] || exit 9\nshift 2\nexec "${process.execPath}" "${bin}" "$@"\n`,
  )
  chmodSync(npx, 0o755)
  const edit = (name: string, change: (text: string) => string) => {
    const file = join(repository, name)
    const text = readFileSync(file, 'utf8')
    const changed = change(text)
    if (changed === text) throw new Error(`${name} did not change`)
    writeFileSync(file, changed)
  }
  const run = (name: string) => {
    const { jobs } = readWorkflow('gateway.yml')
    const step = jobs.check?.steps.find((one) => one.name === name)
    return spawnSync('bash', ['-e', '-c', step?.run ?? 'exit 99'], {
      cwd: repository,
      encoding: 'utf8',
      env: {
        PATH: `${tools}:${process.env.PATH}`,
        HOME: folder,
        BASE: 'origin/main',
        GITHUB_ACTIONS: 'true',
        GITHUB_STEP_SUMMARY: join(folder, 'summary.md'),
      },
    })
  }
  const commit = () => {
    git('add', '--all')
    git('commit', '--quiet', '--message=change')
  }
  const read = (name: string) => readFileSync(join(repository, name), 'utf8')
  const summary = () => readFileSync(join(folder, 'summary.md'), 'utf8')
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(repository, name)), { recursive: true })
    writeFileSync(join(repository, name), text)
    git('add', '--force', name)
  }
  const link = (to: string, name: string) =>
    symlinkSync(to, join(repository, name))
  return {
    edit,
    run,
    commit,
    read,
    summary,
    write,
    link,
    judge: (sha?: string) => judge(folder, sha),
  }
}

/** The step `judge` of the comment's workflow, on a checkout of the branch and
 * beside one of main with the package that is built here. */
function judge(folder: string, sha?: string) {
  const cwd = mkdtempSync(join(folder, 'judge-'))
  const own = join(cwd, 'main/node_modules/.bin')
  mkdirSync(own, { recursive: true })
  const gateway = join(own, 'gateway')
  writeFileSync(
    gateway,
    `#!/bin/sh\nexec "${process.execPath}" "${bin}" "$@"\n`,
  )
  chmodSync(gateway, 0o755)
  cpSync(join(folder, 'repository'), join(cwd, 'head'), {
    recursive: true,
    verbatimSymlinks: true,
  })
  const head = execFileSync('git', ['rev-parse', 'HEAD'], {
    cwd: join(cwd, 'head'),
    encoding: 'utf8',
  }).trim()
  const { jobs } = readWorkflow('gateway-comment.yml')
  const step = jobs.judge?.steps.find(({ name }) => name === 'judge')
  const { status, stderr } = spawnSync(
    'bash',
    ['-e', '-o', 'pipefail', '-c', step?.run ?? 'exit 99'],
    {
      cwd,
      encoding: 'utf8',
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        BASE: 'origin/main',
        HEAD_SHA: sha ?? head,
      },
    },
  )
  const read = (name: string) => readFileSync(join(cwd, 'judged', name), 'utf8')
  return { status, stderr, read }
}

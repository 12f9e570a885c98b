// The workflow of examples/ci-github, run as a CI job would: its own steps, in
// a git repository, against pull requests.
// Comments stand in test/comments/; `UPDATE_GOLDEN=1` writes them anew.

import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import type { Lock } from '../src/contract/lock.ts'
import { lockOffer } from '../src/table/lock.ts'
import { makeFolder } from './harness/process.ts'

/** From dist/test, where this file runs. */
const root = join(import.meta.dirname, '../..')
const example = join(root, 'examples/ci-github')
const bin = join(root, 'dist/src/bin.js')

interface Step {
  readonly name?: string
  readonly run?: string
  readonly uses?: string
  readonly env?: Readonly<Record<string, string>>
}

interface Workflow {
  readonly on: unknown
  readonly permissions: Readonly<Record<string, string>>
  readonly jobs: Readonly<Record<string, { readonly steps: readonly Step[] }>>
}

function readWorkflow(name: string): Workflow {
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
function makeClone(t: Test) {
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
  // `npx gateway`, of the package that is built here.
  mkdirSync(tools)
  const npx = join(tools, 'npx')
  writeFileSync(
    npx,
    `#!/bin/sh\nshift\nexec "${process.execPath}" "${bin}" "$@"\n`,
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
  return { edit, run, commit, read, summary }
}

type Edit = ReturnType<typeof makeClone>['edit']

const CHANGES: Readonly<Record<string, (edit: Edit) => void>> = {
  'a fragment grants a destructive tool': (edit) =>
    edit('gateway/roles.ts', (text) =>
      text.replace("['create_ticket']", "['create_ticket', 'delete_ticket']"),
    ),
  'the lock gains a tool under a star': (edit) =>
    edit('gateway.lock.json', (text) => {
      const lock = JSON.parse(text) as Lock
      const { sha256: _sha256, ...offer } = lock.servers
        .wiki as Lock['servers'][string]
      const tool = { name: 'move_page', inputSchema: { type: 'object' } }
      const wiki = lockOffer({ ...offer, tools: [...offer.tools, tool] })
      const servers = { ...lock.servers, wiki }
      return JSON.stringify({ ...lock, servers }, null, 2)
    }),
  'a refactor renames nothing': (edit) => {
    edit('gateway/roles.ts', (text) =>
      text
        .replace("['get_*', 'list_*']", "['list_*', 'get_*', 'get_ticket']")
        .replace('  engineer:', '  // Those who build.\n  engineer:'),
    )
    edit('gateway.config.ts', (text) =>
      text.replace(
        "calls: 60,\n      per: 'minute'",
        "per: 'minute',\n      calls: 60",
      ),
    )
  },
}

for (const [name, change] of Object.entries(CHANGES)) {
  t.test(`a pull request: ${name}`, async (t) => {
    const clone = makeClone(t)
    change(clone.edit)
    clone.commit()
    const checked = clone.run('check')
    t.equal(checked.status, 0, checked.stderr)
    t.match(JSON.parse(clone.read('gateway.sarif')), { version: '2.1.0' })
    const diffed = clone.run('diff')
    t.equal(diffed.status, 0, diffed.stderr)
    t.equal(clone.summary(), clone.read('gateway-diff.md'))
    // Whatever else a table holds some day, the comment stays.
    const comment = clone
      .read('gateway-diff.md')
      .replaceAll(/[0-9a-f]{12}/g, '0123456789ab')
    const file = join(root, 'test/comments', `${name.replaceAll(' ', '-')}.md`)
    if (process.env.UPDATE_GOLDEN) writeFileSync(file, comment)
    t.equal(comment, readFileSync(file, 'utf8'))
  })
}

t.test(
  'a pull request that breaks the config fails, and says where',
  async (t) => {
    const { edit, run, commit } = makeClone(t)
    edit('gateway/roles.ts', (text) => text.replace("'reader'", "'raeder'"))
    commit()
    const { status, stdout } = run('check')
    t.equal(status, 1)
    t.match(stdout, /^::error file=gateway\/roles.ts,line=9,/m)
    t.equal(run('diff').status, 1, 'there is nothing to compare')
  },
)

t.test(
  'the workflows need no secret, and no permission on a fork',
  async (t) => {
    const check = readWorkflow('gateway.yml')
    t.same(check.on, { pull_request: null })
    t.same(check.permissions, { contents: 'read' })
    const comment = readWorkflow('gateway-comment.yml')
    t.match(comment.on, { workflow_run: { workflows: ['gateway'] } })
    for (const name of ['gateway.yml', 'gateway-comment.yml']) {
      const text = readFileSync(
        join(example, '.github/workflows', name),
        'utf8',
      )
      t.notMatch(text, /secrets\.|pull_request_target/, name)
    }
    const steps = [check, comment].flatMap(({ jobs }) =>
      Object.values(jobs).flatMap((job) => job.steps),
    )
    for (const { run = '' } of steps) {
      t.notMatch(
        run,
        /\$\{\{/,
        'what an author writes is never part of a script',
      )
    }
    t.notOk(
      Object.values(comment.jobs).some((job) =>
        job.steps.some(({ uses = '' }) => uses.startsWith('actions/checkout')),
      ),
      'no code of the pull request where one may write',
    )
  },
)

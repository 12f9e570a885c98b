// The workflow of examples/ci-github, run as a CI job would: its own steps, in
// a git repository, against pull requests.
// Comments stand in test/comments/; `UPDATE_GOLDEN=1` writes them anew.

import { spawnSync } from 'node:child_process'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Lock } from '../../src/contract/lock.ts'
import { lockOffer } from '../../src/table/lock.ts'
import { example, makeClone, readWorkflow } from '../harness/clone.ts'
import { root } from '../harness/gateway.ts'
import { makeFolder } from '../harness/process.ts'

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
    const diffed = clone.run('diff')
    t.equal(diffed.status, 0, diffed.stderr)
    t.equal(clone.summary(), clone.read('gateway-diff.md'))
    t.equal(clone.run('grave').status, 0, 'no setting changes')
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
    const { edit, run, commit, read, summary } = makeClone(t)
    edit('gateway/roles.ts', (text) => text.replace("'reader'", "'raeder'"))
    commit()
    const { status, stdout } = run('check')
    t.equal(status, 1)
    t.match(stdout, /^::error file=gateway\/roles.ts,line=9,/m)
    t.equal(run('diff').status, 1, 'there is nothing to compare')
    const comment = read('gateway-diff.md')
    t.match(comment, /^<!-- gateway diff -->\n### gateway diff: 1 error,/)
    t.match(comment, '`gateway/roles.ts:9:15` | GW3002')
    t.equal(summary(), comment)
  },
)

t.test(
  'the workflows need no secret, and no permission on a fork',
  async (t) => {
    const check = readWorkflow('gateway.yml')
    t.same(Object.keys(Object(check.on)), ['pull_request'])
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
    for (const { uses } of steps) {
      if (uses) t.match(uses, /@[0-9a-f]{40}$/, 'pinned by commit')
    }
    for (const { run = '' } of steps) {
      t.notMatch(
        run,
        /\$\{\{/,
        'what an author writes is never part of a script',
      )
    }
    t.same(comment.permissions, {})
    for (const { permissions, steps } of Object.values(comment.jobs)) {
      const writes = Object.values(permissions ?? {}).includes('write')
      const brings = steps.some(
        ({ uses = '', run = '', with: given }) =>
          /^actions\/checkout|setup-node/.test(uses) ||
          /\bnpm |\bnpx |git clone|git fetch/.test(run) ||
          given?.['run-id'] !== undefined,
      )
      t.notOk(
        writes && brings,
        'no file of the pull request where one may write',
      )
    }
  },
)

/** GitHub's answers, by the path that is asked for; what is sent is kept. */
const GH = `#!/bin/sh
case "$*" in
  *'--method GET '*) cat pulls.txt ;;
  *'--method '*) printf '%s\\n' "$*" >> sent.txt; cat gateway-diff.md >> sent.txt ;;
  *issues/7/comments*) cat comments.txt ;;
  *) exit 9 ;;
esac
`

const SHA = 'a'.repeat(40)
const SAID = '<!-- gateway diff -->\n\n**Access change**: none\n'

/** A step of a job, with files as the steps before left them. */
function runStep(
  t: Test,
  [job, name]: readonly [string, string],
  files: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
) {
  const cwd = makeFolder(t, {
    'comments.txt': '',
    gh: GH,
    output: '',
    ...files,
  })
  chmodSync(join(cwd, 'gh'), 0o755)
  const { jobs } = readWorkflow('gateway-comment.yml')
  const step = jobs[job]?.steps.find((one) => one.name === name)
  const { status, stderr } = spawnSync(
    'bash',
    ['-e', '-o', 'pipefail', '-c', step?.run ?? 'exit 99'],
    {
      cwd,
      encoding: 'utf8',
      env: {
        PATH: `${cwd}:${process.env.PATH}`,
        HOME: cwd,
        GH_REPO: 'example/gateway',
        HEAD_SHA: SHA,
        NUMBER: '7',
        RUN_URL: 'https://example.com/run',
        GITHUB_OUTPUT: join(cwd, 'output'),
        ...env,
      },
    },
  )
  const read = (file: string) => readFileSync(join(cwd, file), 'utf8')
  return { status, stderr, read }
}

const comment = (t: Test, files: Readonly<Record<string, string>>) => {
  const done = runStep(t, ['comment', 'comment'], {
    'gateway-diff.md': SAID,
    ...files,
  })
  t.equal(done.status, 0, done.stderr)
  return done.read('sent.txt')
}

t.test('one comment, kept up to date', async (t) => {
  const first = comment(t, {})
  t.match(first, '--method POST repos/example/gateway/issues/7/comments')
  t.ok(first.endsWith(SAID))
  const next = comment(t, { 'comments.txt': '101\n102\n' })
  t.match(next, '--method PATCH repos/example/gateway/issues/comments/101 ')
  const none = comment(t, { 'gateway-diff.md': '' })
  t.match(none, `No access diff of ${SHA}: [the run](https://example.com/run)`)
})

t.test('the pull request is the one that GitHub names', async (t) => {
  const pulls = 'number=7\nbase=main\n'
  const found = runStep(
    t,
    ['judge', 'number'],
    { 'pulls.txt': pulls },
    { FROM: 'ann:change' },
  )
  t.equal(found.status, 0, found.stderr)
  t.equal(found.read('output'), pulls)
  const none = runStep(
    t,
    ['judge', 'number'],
    { 'pulls.txt': '' },
    { FROM: 'ann:change' },
  )
  t.equal(none.read('output'), '', 'a newer commit speaks for itself')
})

t.test('what is commented is judged anew, by the main branch', async (t) => {
  const clone = makeClone(t)
  // A package of its own and a link: what a pull request may bring along.
  clone.edit('gateway/roles.ts', (text) =>
    text.replace("['create_ticket']", "['create_ticket', 'delete_ticket']"),
  )
  clone.write('node_modules/portcullis/index.js', 'throw new Error("run")')
  clone.write('gateway-diff.md', SAID)
  clone.link('/etc/hostname', 'gateway/hostname.ts')
  clone.commit()
  const judged = clone.judge()
  t.equal(judged.status, 0, judged.stderr)
  const said = judged.read('gateway-diff.md')
  t.match(said, '`tracker/delete_ticket` ⚠ destructive')
  t.match(JSON.parse(judged.read('gateway.sarif')), { version: '2.1.0' })
  const late = clone.judge('b'.repeat(40))
  t.not(late.status, 0, 'another commit than the one that was asked about')
})

t.test('a grave change of a setting is red, and in the comment', async (t) => {
  const clone = makeClone(t)
  clone.edit('gateway/servers.ts', (text) =>
    text.replace(/https:\/\/[^'/]+/, 'https://evil.example'),
  )
  clone.commit()
  t.equal(clone.run('grave').status, 1)
  const judged = clone.judge()
  t.match(
    judged.read('gateway-diff.md'),
    /\*\*Access change\*\*: secret `?\w+`? now goes to `evil.example`/,
  )
})

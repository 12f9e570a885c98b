// The workflow of examples/ci-github, run as a CI job would: its own steps, in
// a git repository, against pull requests.
// Comments stand in test/comments/; `UPDATE_GOLDEN=1` writes them anew.

import { spawnSync } from 'node:child_process'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Lock } from '../src/contract/lock.ts'
import { lockOffer } from '../src/table/lock.ts'
import { example, makeClone, readWorkflow } from './harness/clone.ts'
import { root } from './harness/gateway.ts'
import { makeFolder } from './harness/process.ts'

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
    t.notOk(
      Object.values(comment.jobs).some((job) =>
        job.steps.some(({ uses = '' }) => uses.startsWith('actions/checkout')),
      ),
      'no code of the pull request where one may write',
    )
  },
)

/** GitHub's answers, by the path that is asked for; what is sent is kept. */
const GH = `#!/bin/sh
case "$*" in
  *'--method '*) printf '%s\\n' "$*" >> sent.txt; cat gateway-diff.md >> sent.txt ;;
  *pulls/7*) cat head.txt ;;
  *issues/7/comments*) cat comments.txt ;;
  *) exit 9 ;;
esac
`

const SHA = 'a'.repeat(40)
const SAID = '<!-- gateway diff -->\n\n**Access change**: none\n'

/** The steps after the download, with files as it left them. */
function comment(t: Test, files: Readonly<Record<string, string>>) {
  const cwd = makeFolder(t, {
    'gateway-number.txt': '7\n',
    'gateway-diff.md': SAID,
    'head.txt': SHA,
    'comments.txt': '',
    gh: GH,
    output: '',
    ...files,
  })
  const { jobs } = readWorkflow('gateway-comment.yml')
  const run = (name: string, more: object = {}) => {
    const step = jobs.comment?.steps.find((one) => one.name === name)
    return spawnSync('bash', ['-e', '-c', step?.run ?? 'exit 99'], {
      cwd,
      encoding: 'utf8',
      env: {
        PATH: `${cwd}:${process.env.PATH}`,
        GH_REPO: 'example/gateway',
        HEAD_SHA: SHA,
        RUN_URL: 'https://example.com/run',
        GITHUB_OUTPUT: join(cwd, 'output'),
        ...more,
      },
    })
  }
  chmodSync(join(cwd, 'gh'), 0o755)
  const read = (name: string) => readFileSync(join(cwd, name), 'utf8')
  const numbered = run('number')
  t.equal(numbered.status, 0, numbered.stderr)
  const NUMBER = /^number=(.*)\n$/.exec(read('output'))?.[1]
  if (NUMBER === undefined) return 'nothing'
  const said = run('comment', { NUMBER })
  t.equal(said.status, 0, said.stderr)
  return read('sent.txt')
}

t.test('one comment, kept up to date', async (t) => {
  const first = comment(t, {})
  t.match(first, '--method POST repos/example/gateway/issues/7/comments')
  t.ok(first.endsWith(SAID))
  const next = comment(t, { 'comments.txt': '101\n102\n' })
  t.match(next, '--method PATCH repos/example/gateway/issues/comments/101 ')
  const late = comment(t, { 'head.txt': 'b'.repeat(40) })
  t.equal(late, 'nothing', 'a newer commit speaks for itself')
  const forged = comment(t, { 'gateway-diff.md': 'All is well.\n' })
  t.match(
    forged,
    `No access diff of ${SHA}: [the run](https://example.com/run)`,
  )
  t.notMatch(forged, 'All is well')
})

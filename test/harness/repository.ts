// A git repository with a config and its lock, on a branch off main.
// In: parts of the config. Out: edits, git, and the diff verb.

import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { runHere } from './gateway.ts'
import { lockText } from './lock.ts'
import { makeFolder } from './process.ts'

interface Parts {
  readonly roles?: string
  readonly teams?: string
  readonly limits?: string
  readonly more?: string
}

export const writeConfig = ({ roles, teams, limits, more = '' }: Parts) => `
import { defineGateway, http } from 'portcullis'
export default defineGateway({
  servers: {
    github: http({ url: 'https://github.example/mcp' }),
    notes: http({ url: 'https://notes.example/mcp' }),
  },
  roles: ${roles ?? ROLES},
  teams: ${teams ?? `{ platform: { roles: ['engineer'] } }`},
  limits: ${limits ?? '{}'},
  ${more}
})
`

export const ROLES = `{
  reader: { allow: { github: ['get_*'], notes: ['*'] } },
  engineer: { extends: ['reader'], allow: { github: ['create_issue'] } },
}`

const READ = { readOnlyHint: true }
export const KILL = { destructiveHint: true }
export const TOOLS = {
  github: {
    get_issue: READ,
    create_issue: { destructiveHint: false },
    delete_repo: KILL,
  },
  notes: { list: READ },
}

export function makeRepository(t: Test, parts: Parts = {}, tools = TOOLS) {
  const folder = makeFolder(t, {
    'gateway.config.ts': writeConfig(parts),
    'gateway.lock.json': lockText(tools),
  })
  const git = (...args: string[]) =>
    execFileSync('git', args, {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, ...AUTHOR },
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  git('init', '--quiet', '--initial-branch=main')
  const commit = () => {
    git('add', '--all')
    git('commit', '--quiet', '--message=x')
  }
  commit()
  git('checkout', '--quiet', '-b', 'change')
  return {
    folder,
    git,
    commit,
    write: (name: string, text: string) => {
      writeFileSync(join(folder, name), text)
    },
    change: (parts: Parts) =>
      writeFileSync(join(folder, 'gateway.config.ts'), writeConfig(parts)),
    diff: (...args: string[]) => runHere(['diff', '--cwd', folder, ...args]),
    run: (...args: string[]) => runHere([...args, '--cwd', folder]),
  }
}

const AUTHOR = Object.fromEntries(
  ['AUTHOR', 'COMMITTER'].flatMap((who) => [
    [`GIT_${who}_NAME`, 'test'],
    [`GIT_${who}_EMAIL`, 'test@example.com'],
  ]),
)

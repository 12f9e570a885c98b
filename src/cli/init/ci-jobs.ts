// The job that judges each pull request, for GitHub and GitLab.
// In: the folder of the config, and a host. Out: the file, and where it stands.
// INVARIANT: the job has no secret and no right to write; an existing file is
// never replaced.

import { existsSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import { findTop } from '../../load/project.ts'

export type Host = 'github' | 'gitlab'

export interface Job {
  /** Absolute. */
  readonly path: string
  /** From the top of the repository. */
  readonly name: string
  readonly text: string
  /** What somebody still has to do. */
  readonly help?: string
}

/** Undefined if the file is there already. */
export function planJob(host: Host, folder: string): Job | undefined {
  const top = findTop(folder) ?? resolve(folder)
  const below = relative(top, resolve(folder)).split(sep).join('/')
  if (host === 'github') {
    const name = '.github/workflows/gateway.yml'
    return makeJob(top, name, writeGithub(below))
  }
  const isTaken = existsSync(join(top, '.gitlab-ci.yml'))
  const name = isTaken ? '.gitlab/gateway.yml' : '.gitlab-ci.yml'
  const job = makeJob(top, name, writeGitlab(below))
  const help = `add to .gitlab-ci.yml: include: [{ local: ${name} }]`
  return job && isTaken ? { ...job, help } : job
}

/** What the repository uses already; undefined if nothing shows it. */
export function guessHost(folder: string): Host | undefined {
  const top = findTop(folder) ?? folder
  if (existsSync(join(top, '.gitlab-ci.yml'))) return 'gitlab'
  return existsSync(join(top, '.github')) ? 'github' : undefined
}

function makeJob(top: string, name: string, text: string): Job | undefined {
  const path = join(top, name)
  return existsSync(path) ? undefined : { path, name, text }
}

/** As YAML and a shell read it. */
function quote(path: string): string {
  return JSON.stringify(path)
}

const GRAVE = 'secrets execution exposure audit guardrails'

function writeGithub(below: string): string {
  const place =
    below === ''
      ? ''
      : `defaults:\n  run:\n    working-directory: ${quote(below)}\n`
  return `# Judges every pull request, forks too: no secret, no right to write.
# examples/ci-github of portcullis also comments on the pull request.
name: gateway
on: pull_request
permissions:
  contents: read
${place}jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0
        with:
          # The whole history: diff looks for where the branch left main.
          fetch-depth: 0
          persist-credentials: false
      - uses: actions/setup-node@a0853c24544627f65ddf259abe73b1d18a591444 # v5.0.0
        with:
          node-version: 24
      - run: npm ci --ignore-scripts
      - run: npx --no-install gateway check --report github
      - name: who gains or loses which tool
        if: \${{ !cancelled() }}
        env:
          BASE: origin/\${{ github.base_ref }}
        run: npx --no-install gateway diff --base "$BASE" --report markdown=gateway-diff.md && cat gateway-diff.md >> "$GITHUB_STEP_SUMMARY"
      - name: grave changes
        if: \${{ !cancelled() }}
        env:
          BASE: origin/\${{ github.base_ref }}
        run: npx --no-install gateway diff --base "$BASE" --fail-on ${GRAVE}
`
}

function writeGitlab(below: string): string {
  const place = below === '' ? '' : `    - cd ${quote(below)}\n`
  return `# Judges every merge request: no secret is needed.
gateway:
  image: node:24
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
  variables:
    # The whole history: diff looks for where the branch left main.
    GIT_DEPTH: 0
    BASE: origin/$CI_MERGE_REQUEST_TARGET_BRANCH_NAME
  script:
${place}    - npm ci --ignore-scripts
    - npx --no-install gateway check
    - git fetch origin "$CI_MERGE_REQUEST_TARGET_BRANCH_NAME"
    - npx --no-install gateway diff --base "$BASE" --fail-on ${GRAVE}
`
}

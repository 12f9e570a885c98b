// Builds tap's Test class without the plugin that cannot run here.
// In: what is built in node_modules. Out: the built class, or nothing to do.
// INVARIANT: a class that is right already stays: a build takes ten seconds
// and would pull it from under tests that run.

import { spawnSync } from 'node:child_process'
import { readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'

const modules = join(import.meta.dirname, '../../../node_modules')
const built = join(modules, '@tapjs/test/test-built/dist/esm/index.js')
const tap = join(modules, 'tap/dist/esm/run.mjs')

/** Answers with the exit code of the build. */
export function prepare(): number {
  if (!isStale()) return 0
  const { status } = spawnSync(process.execPath, [tap, 'build'], {
    stdio: 'inherit',
    cwd: join(modules, '..'),
  })
  return status ?? 1
}

function isStale(): boolean {
  try {
    const text = readFileSync(built, 'utf8')
    return text.includes('@tapjs/typescript') || isOfAnotherFolder()
  } catch {
    return true
  }
}

/** A copy of a folder still links to the modules of the first one. */
function isOfAnotherFolder(): boolean {
  const core = '@tapjs/core'
  const linked = join(modules, '../.tap/plugins/node_modules', core)
  try {
    return realpathSync(linked) !== realpathSync(join(modules, core))
  } catch {
    return false
  }
}

if (process.argv[1] === import.meta.filename) process.exitCode = prepare()

// Starts the player (player.ts) beside the runs of the suite.
// In: who ends it. Out: where it listens.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Owner } from '../process.ts'

export async function startPlayer(owner: Owner): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'player-'))
  const path = join(folder, 'socket')
  const child = fork(join(import.meta.dirname, 'player.js'), [path], {
    execArgv: [],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, NO_COLOR: '1' },
  })
  const ended = once(child, 'exit')
  owner.teardown(async () => {
    if (child.connected) child.disconnect()
    await ended
    rmSync(folder, { recursive: true, force: true })
  })
  const broken = ended.then(([code]) => {
    throw new Error(`the player ended with ${code}`)
  })
  broken.catch(() => {})
  await Promise.race([once(child, 'message'), broken])
  return path
}

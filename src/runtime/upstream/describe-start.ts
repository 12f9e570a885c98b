// Why a server is not up yet, for operators.
// In: its settings, whether a lock describes it, how long lists wait. Out: a text.
// INVARIANT: says what a client gets meanwhile.

import type { Server } from '../../contract/table.ts'
import type { SlowStart } from './context.ts'
import { formatMs } from './failure.ts'

/** Programs that download what they run. */
const RUNNERS: ReadonlySet<string> = new Set([
  'npx',
  'npm',
  'pnpm',
  'pnpx',
  'yarn',
  'bunx',
  'uvx',
  'uv',
  'pipx',
  'docker',
  'podman',
])

export function describeStart(
  server: Server | undefined,
  isLocked: boolean,
  { waitMs, isListed }: Omit<SlowStart, 'said'>,
): string {
  const runner = server?.type === 'stdio' ? nameRunner(server.command) : null
  const cause = runner === null ? [] : [`${runner} may be downloading it`]
  const lists = isLocked
    ? 'lists have what its lock has'
    : isListed
      ? 'lists have what it offered before'
      : waitMs > 0
        ? `lists and calls wait for it until ${formatMs(waitMs)} after its start`
        : 'lists do not have it yet'
  return [...cause, lists].join('; ')
}

function nameRunner(command: string): string | null {
  const name = command.slice(command.lastIndexOf('/') + 1)
  return RUNNERS.has(name) ? name : null
}

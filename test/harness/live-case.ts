// A golden case of `check --live`: its folder as it would be on a machine.
// In: a case's name; live.json says what no file can. Out: what was found.

import {
  chmodSync,
  cpSync,
  existsSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import type { Test } from 'tap'
import { openIo } from '../../src/cli/io.ts'
import { thisHost } from '../../src/cli/live/host.ts'
import { checkLive } from '../../src/cli/live/live.ts'
import { compileWith } from '../../src/compile.ts'
import type { Diagnostic } from '../../src/contract/diagnostic.ts'
import { openLocator, placeFindings } from '../../src/diagnostics/locate.ts'
import { orderFindings } from '../../src/diagnostics/report.ts'
import type { Seal } from '../../src/load/evaluate.ts'
import { makeIo } from './gateway.ts'
import { golden, NOW } from './golden.ts'
import { makeFolder } from './process.ts'

interface Machine {
  /** File → its mode, in octal. */
  readonly modes?: Readonly<Record<string, string>>
  /** What the config and the findings write for the port of another program:
   * which one it is, the kernel decides. */
  readonly busy?: number
  /** Share of the disk. */
  readonly free?: number
  readonly node?: string
  /** Folders that only others may write to. */
  readonly closed?: readonly string[]
}

export interface LiveCase {
  readonly folder: string
  readonly diagnostics: readonly Diagnostic[]
  readonly remarks: readonly string[]
}

export async function runLiveCase(
  t: Test,
  name: string,
  seal: Seal,
): Promise<LiveCase> {
  const folder = makeFolder(t, {})
  cpSync(join(golden, name), folder, { recursive: true })
  const server = join(import.meta.dirname, 'offering-server.js')
  cpSync(server, join(folder, 'server.mjs'))
  const machine = readMachine(join(folder, 'live.json'))
  for (const [file, mode] of Object.entries(machine.modes ?? {})) {
    chmodSync(join(folder, file), Number.parseInt(mode, 8))
  }
  const busy = await occupy(t, folder, machine.busy)
  const io = openIo([], { ...makeIo(folder), now: () => NOW })
  const config = { cwd: folder, now: NOW }
  const compiled = await compileWith(config, seal)
  const { artefact, diagnostics, sources } = compiled
  if (!artefact) return { folder, diagnostics, remarks: ['not compiled'] }
  const { free = 0.5, node = '24.11.0', closed = [] } = machine
  const { PATH } = process.env
  const host = {
    ...thisHost,
    node,
    freeShare: () => free,
    barring: (path: string) =>
      closed.some((one) => path === join(folder, one))
        ? 'EACCES'
        : thisHost.barring(path),
  }
  const seen = await checkLive(
    { ...compiled, artefact, env: { PATH }, now: NOW, host },
    (offers) => compileWith({ ...config, offers }, seal),
    io,
  )
  const placed = placeFindings(seen.findings, openLocator(sources))
  const all = orderFindings([...diagnostics, ...placed])
  return { folder, diagnostics: all.map(busy), remarks: seen.remarks }
}

function readMachine(file: string): Machine {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
}

/** Listens on a port and writes it to the config; the result restores the
 * number of the case in a finding. */
async function occupy(
  t: Test,
  folder: string,
  written = 0,
): Promise<(finding: Diagnostic) => Diagnostic> {
  if (written === 0) return (finding) => finding
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const file = join(folder, 'gateway.config.ts')
  const config = readFileSync(file, 'utf8')
  writeFileSync(file, config.replace(`port: ${written}`, `port: ${port}`))
  return ({ message, ...rest }) => ({
    ...rest,
    message: message.replace(`port ${port} `, `port ${written} `),
  })
}

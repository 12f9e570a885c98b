// The tools that read deploy/, those that this machine must build first too.
// In: nothing. Out: rows of `npm run trial:deploy`.

import { mkdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { bin } from '../gateway.ts'
import { serveFolder } from '../process.ts'
import { demand, deploy, findHelm, noSystemd, runTool } from './render.ts'
import { hold, NotRun, type Row } from './row.ts'
import { call, makeWorld } from './world.ts'

const HELM = 'helm.sh/helm/v3/cmd/helm@v3.22.0'

const unit = join(deploy, 'systemd/gateway.service')

export const TOOLS: readonly Row[] = [
  {
    id: 'helm lint',
    run: async () => {
      const helm = findHelm() ?? buildHelm()
      const chart = join(deploy, 'helm')
      const flags = ['--strict', '--set', 'table.fromImage=true']
      demand(runTool(helm, ['lint', chart, ...flags]))
      return demand(runTool(helm, ['version', '--short'])).trim()
    },
  },
  {
    id: 'exposure of the systemd unit (systemd-analyze security)',
    run: async () => {
      if (noSystemd) throw new NotRun(noSystemd)
      const flags = ['security', '--offline=true', '--threshold=15']
      const said = demand(runTool('systemd-analyze', [...flags, unit]))
      return /level for gateway.service: ([\d.]+)/.exec(said)?.[1]
    },
  },
  {
    id: 'a gateway with the folders of the unit (bubblewrap)',
    run: async (t) => {
      if (runTool('bwrap', ['--version']).status !== 0) {
        throw new NotRun('there is no bwrap: apt-get install bubblewrap')
      }
      const world = await makeWorld(t)
      mkdirSync(world.state, { mode: 0o700 })
      const command = [...sandbox(world.state), process.execPath, bin, 'serve']
      const served = await serveFolder(
        t,
        world.folder,
        [world.table],
        {},
        command,
      )
      const write = (path: string) =>
        call(served.url, world.ada, 'write', { path })
      const closed = {
        config: join(world.folder, 'gateway.config.json'),
        table: world.table,
        code: bin,
        'the system': '/etc/passwd',
      }
      for (const [what, path] of Object.entries(closed)) {
        const wrote = await write(path)
        hold(wrote === 'EROFS', `a server writes ${what}: ${wrote}`)
      }
      hold((await write('/tmp/own')) === 'written', 'it has a /tmp')
      const who = await call(served.url, world.ada, 'who')
      await served.stop()
      return `servers run as ${who}, and write neither config nor code`
    },
  },
]

/** ProtectSystem=strict, PrivateTmp, PrivateDevices, StateDirectory, a user and
 * no capability, as the unit has them; not its filter of system calls. */
function sandbox(state: string): readonly string[] {
  const text = readFileSync(unit, 'utf8')
  for (const line of [
    'ProtectSystem=strict',
    'PrivateTmp=yes',
    'PrivateDevices=yes',
    'CapabilityBoundingSet=',
    'StateDirectory=gateway',
  ]) {
    hold(text.split('\n').includes(line), `the unit lacks ${line}`)
  }
  const whole = dirname(state)
  const flags = [
    '--die-with-parent --unshare-user --unshare-ipc --uid 65532 --gid 65532',
    '--cap-drop ALL --ro-bind / / --dev /dev --proc /proc --tmpfs /tmp',
    `--ro-bind ${whole} ${whole} --bind ${state} ${state}`,
  ]
  return ['sh', '-c', `exec bwrap ${flags.join(' ')} "$@"`, 'bwrap']
}

/** Takes about a minute. */
function buildHelm(): string {
  if (runTool('go', ['version']).status !== 0) {
    throw new NotRun('there is neither helm nor Go to build it')
  }
  const folder = join(homedir(), '.cache/portcullis/go-bin')
  const built = runTool('env', [`GOBIN=${folder}`, 'go', 'install', HELM])
  if (built.status !== 0)
    throw new NotRun(`Go cannot build helm: ${built.stderr}`)
  return join(folder, 'helm')
}

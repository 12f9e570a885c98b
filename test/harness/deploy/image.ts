// deploy/container, built and run: by buildah and podman, on a base made of this
// machine's node.
// In: nothing. Out: rows of `npm run trial:deploy`.
// INVARIANT: containers have no network; images and volumes go with the trial.

import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { makeFolder, root } from '../gateway.ts'
import type { Owner } from '../process.ts'
import { until } from '../until.ts'
import { packHere } from './pack.ts'
import { demand, deploy, type Ran, runTool } from './render.ts'
import { hold, NotRun, type Row } from './row.ts'
import { CONFIG, issue, PROBE } from './world.ts'

const BASE = 'docker.io/library/node:24-bookworm-slim'

/** Sends one call from inside: the container has no network. */
const CALLER = `
const [tool, args = '{}'] = process.argv.slice(2)
const _meta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': { name: 'trial', version: '1' },
}
const name = 'probe__' + tool
const answer = await fetch('http://127.0.0.1:4600/mcp', {
  method: 'POST',
  headers: {
    authorization: 'Bearer ' + process.env.TOKEN,
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json',
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': 'tools/call',
    'mcp-name': name,
  },
  body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: JSON.parse(args), _meta } }),
})
const body = await answer.text()
console.log(answer.status === 200 ? JSON.parse(body.match(/{.*}/s)[0]).result.content[0].text : answer.status)
`

export const IMAGE: readonly Row[] = [
  {
    id: 'the container file builds; the image runs with a read-only root',
    run: async (t) => {
      const tools = openTools(t)
      const token = await build(t, tools)
      const gateway = start(t, tools, 'first', 'state')
      const began = performance.now()
      await until(() => gateway.health() === 0, 'it is healthy', 60_000)
      const healthy = Math.round(performance.now() - began)
      const call = (tool: string, args = {}) =>
        gateway
          .exec(['node', 'call.mjs', tool, JSON.stringify(args)], token)
          .stdout.trim()
      await until(() => call('who') !== '', 'it answers')
      hold(call('who') === '65532:65532', `it runs as ${call('who')}`)
      for (const path of [
        'gateway.config.json',
        'table.json',
        'gateway.tokens.toml',
      ]) {
        const wrote = call('write', { path: `/srv/gateway/${path}` })
        hold(wrote === 'EROFS', `a server writes ${path}: ${wrote}`)
      }
      hold(call('write', { path: '/tmp/own' }) === 'written', '/tmp')
      const has = "process.exit(require('node:fs').existsSync('.env') ? 1 : 0)"
      hold(gateway.exec(['node', '-e', has]).status === 0, '.env is in it')
      const second = start(t, tools, 'second', 'state', false)
      hold(second.ran?.status === 2, `a second one: ${second.ran?.stderr}`)
      hold(/uses the state folder/.test(second.ran?.stderr ?? ''), 'it says so')

      tools.podman(['kill', 'first'])
      tools.podman(['wait', 'first'])
      const third = start(t, tools, 'third', 'state')
      await until(() => third.health() === 0, 'it starts after a kill', 60_000)
      const verified = third.exec(['node', BIN, 'audit', 'verify'], token)
      hold(verified.status === 0, verified.stdout + verified.stderr)
      tools.podman(['stop', '--time', '45', 'third'])
      const code = tools.podman(['wait', 'third']).stdout.trim()
      hold(code === '0', `SIGTERM ends it with ${code}`)
      return `healthy after ${healthy} ms; ${verified.stdout.split('\n')[0]}`
    },
  },
]

const BIN = 'node_modules/portcullis/dist/run/gateway.js'

interface Tools {
  podman(args: readonly string[]): Ran
  buildah(args: readonly string[]): Ran
}

function openTools(t: Owner): Tools {
  const storage = makeFolder(t)
  const own = [
    '--root',
    join(storage, 'root'),
    '--runroot',
    join(storage, 'run'),
  ]
  const driver = ['--storage-driver', 'vfs', ...own]
  for (const program of ['buildah', 'podman', 'runc']) {
    if (runTool(program, ['--version']).status !== 0) {
      throw new NotRun(
        `there is no ${program}: apt-get install buildah podman runc`,
      )
    }
  }
  if (process.getuid?.() !== 0) throw new NotRun('it needs root')
  const cgroups = ['--cgroup-manager', 'cgroupfs', '--runtime', 'runc']
  // Where systemd mixes both kinds of cgroups, runc uses the old ones.
  const script = 'umount /sys/fs/cgroup/unified 2>/dev/null; exec podman "$@"'
  const inOwn = ['--mount', 'sh', '-c', script, 'podman', ...driver, ...cgroups]
  return {
    podman: (args) => runTool('unshare', [...inOwn, ...args]),
    buildah: (args) => runTool('buildah', [...driver, ...args]),
  }
}

/** Builds the image `gateway`; resolves with a token that is good in it. */
async function build(t: Owner, { buildah }: Tools): Promise<string> {
  const isolation = ['bud', '--isolation', 'chroot', '--format', 'docker']
  const base = makeFolder(t)
  const script = join(root, 'test/harness/deploy/base-image.sh')
  demand(runTool('sh', [script, base]))
  demand(buildah([...isolation, '--tag', BASE, base]))

  const context = makeFolder(t)
  for (const name of ['Containerfile', '.dockerignore']) {
    copyFileSync(join(deploy, 'container', name), join(context, name))
  }
  const { tarball } = packHere(t)
  copyFileSync(tarball, join(context, 'portcullis.tgz'))
  const files = {
    'package.json': JSON.stringify({
      name: 'company-gateway',
      type: 'module',
      dependencies: { portcullis: 'file:portcullis.tgz' },
    }),
    'gateway.config.json': JSON.stringify({
      ...CONFIG,
      state: '/var/lib/gateway',
      servers: {
        probe: { type: 'stdio', command: 'node', args: ['probe.mjs'] },
      },
    }),
    'call.mjs': CALLER,
    // No image may contain it.
    '.env': 'SECRET=1',
  }
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(context, name), text)
  }
  copyFileSync(PROBE, join(context, 'probe.mjs'))
  const lock = ['install', '--package-lock-only', '--ignore-scripts']
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund']
  demand(runTool('npm', [...lock, ...quiet], context))
  const token = await issue(context, 'ada')
  const cache = ['--volume', `${join(homedir(), '.npm')}:/npm`]
  demand(
    buildah([
      ...isolation,
      '--pull-never',
      ...cache,
      '--tag',
      'gateway',
      context,
    ]),
  )
  return token
}

interface Container {
  /** Of one that was not started in the background. */
  readonly ran?: Ran
  exec(args: readonly string[], token?: string): Ran
  health(): number | null
}

/** Runs the image with the bounds of compose.yaml. */
function start(
  t: Owner,
  { podman }: Tools,
  name: string,
  volume: string,
  inBackground = true,
): Container {
  const text = readFileSync(join(deploy, 'container/compose.yaml'), 'utf8')
  const { gateway } = parse(text).services
  const flags = [
    ...['--name', name, '--network', 'none', '--user', gateway.user],
    ...(gateway.read_only ? ['--read-only', '--read-only-tmpfs=false'] : []),
    ...gateway.cap_drop.map((one: string) => `--cap-drop=${one}`),
    // podman knows the flag without its value.
    '--security-opt=no-new-privileges',
    ...gateway.tmpfs.map((one: string) => `--tmpfs=${one}`),
    ...['--volume', `${volume}:/var/lib/gateway`],
    // What is higher than the limits of this machine, it refuses.
    ...['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1000:1000'],
  ]
  const how = inBackground ? ['--detach'] : []
  const ran = podman(['run', ...how, ...flags, 'localhost/gateway'])
  if (inBackground) demand(ran)
  t.teardown(() => podman(['rm', '--force', '--time', '0', name]))
  return {
    ...(!inBackground && { ran }),
    exec: (args, token = '') =>
      podman(['exec', '--env', `TOKEN=${token}`, name, ...args]),
    health: () => podman(['healthcheck', 'run', name]).status,
  }
}

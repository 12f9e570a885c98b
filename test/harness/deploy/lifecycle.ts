// Upgrade, rollback, backup and restore of a gateway that serves a table, and the
// mistakes that operators make there.
// In: nothing. Out: rows of `npm run trial:deploy`; the short ones are in the suite.

import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { bin, root } from '../gateway.ts'
import type { ServeProcess } from '../process.ts'
import { until } from '../until.ts'
import { send } from '../wire.ts'
import { demand, runTool } from './render.ts'
import { hold, NotRun, type Row } from './row.ts'
import { CONFIG, call, idOf, makeWorld, type World } from './world.ts'

/** Stricter: `sleep` is no longer granted. */
const NEXT = {
  ...CONFIG,
  roles: { all: { allow: { probe: ['w*'] } } },
} as const

const works = async ({ url }: ServeProcess, token: string) =>
  (await call(url, token, 'who')).includes(':')

async function verify({ run }: World): Promise<string> {
  const { code, stdout, stderr } = await run('audit', 'verify')
  hold(code === 0, stdout + stderr)
  return stdout.split('\n')[0] ?? ''
}

async function revokeBob(world: World, { adminUrl }: ServeProcess) {
  const { code, stderr } = await world.run(
    'token',
    'revoke',
    idOf(world.bob),
    '--gateway',
    adminUrl,
  )
  hold(code === 0, stderr)
}

/** The commands of docs/deploy.md. */
function copyAsDescribed(state: string, cwd: string): void {
  const page = readFileSync(join(root, 'docs/deploy.md'), 'utf8')
  const [, block = ''] =
    /```sh\n(mkdir -p backup\/audit\n[\s\S]*?)```/.exec(page) ?? []
  hold(block.includes('tar '), 'the page has the commands')
  const script = `set -e\n${block.replaceAll('/var/lib/gateway', state)}`
  demand(runTool('sh', ['-c', script], cwd))
}

export const LIFECYCLE: readonly Row[] = [
  {
    id: 'upgrade and rollback of the table',
    run: async (t) => {
      const world = await makeWorld(t)
      const first = readFileSync(world.table, 'utf8')
      const served = await world.serve()
      hold(
        (await call(served.url, world.ada, 'sleep')) === 'slept',
        'v1 grants',
      )
      await revokeBob(world, served)
      const sleeps = async () => call(served.url, world.ada, 'sleep')
      await world.publish(NEXT)
      await until(async () => (await sleeps()).startsWith('Unknown tool'), 'v2')
      await world.publish(CONFIG)
      await until(async () => (await sleeps()) === 'slept', 'v1 again')
      hold(readFileSync(world.table, 'utf8') === first, 'the same bytes')
      hold(
        (await call(served.url, world.bob, 'who')) === '401',
        'bob is revoked',
      )
      hold((await served.stop()) === 0, 'exit 0')
      return verify(world)
    },
  },
  {
    id: 'a table of another release is refused, the running one stays',
    run: async (t) => {
      const world = await makeWorld(t)
      const served = await world.serve()
      const other = readFileSync(world.table, 'utf8').replace(
        '"formatVersion":1',
        '"formatVersion":2',
      )
      world.put(other)
      await until(
        () => /reload rejected/.test(served.stderr()),
        'it is rejected',
      )
      hold(await works(served, world.ada), 'the running table stays')
      const { status } = await send(`${served.adminUrl}/readyz`, {
        method: 'GET',
      })
      hold(status === 200, 'it stays ready')
      await served.stop()
      const { status: exit, stderr } = spawnSync(
        process.execPath,
        [bin, 'serve', world.table, '--port', '0', '--admin-port', '0'],
        { encoding: 'utf8' },
      )
      hold(exit === 1, `exit ${exit}`)
      hold(/formatVersion is 2, this release reads 1/.test(stderr), stderr)
      return stderr.trim().split(': ').at(-1)
    },
  },
  {
    id: 'backup of a running gateway, loss of the state, restore',
    run: async (t) => {
      const world = await makeWorld(t)
      const served = await world.serve()
      await revokeBob(world, served)
      for (let i = 0; i < 20; i += 1) await call(served.url, world.ada, 'who')
      const kept = join(world.folder, '../backup')
      const calls = Array.from({ length: 20 }, () =>
        call(served.url, world.ada, 'who'),
      )
      await new Promise((resolve) => setTimeout(resolve, 20))
      copyAsDescribed(world.state, dirname(kept))
      await Promise.all(calls)
      await served.stop('SIGKILL')
      rmSync(world.state, { recursive: true })
      cpSync(kept, world.state, { recursive: true })
      const again = await world.serve()
      hold(await works(again, world.ada), 'a token of before works')
      hold(
        (await call(again.url, world.bob, 'who')) === '401',
        'bob stays revoked',
      )
      hold((await again.stop()) === 0, 'exit 0')
      return verify(world)
    },
  },
  {
    id: 'what is lost without each file',
    run: async (t) => {
      const world = await makeWorld(t)
      const served = await world.serve()
      await revokeBob(world, served)
      await served.stop()
      rmSync(join(world.state, 'gateway.revoked'))
      const second = await world.serve()
      hold(await works(second, world.bob), 'bob is valid again')
      await second.stop()
      rmSync(join(world.state, 'gateway.key'))
      const { stdout } = await world.run('audit', 'verify')
      hold(/by their hashes only/.test(stdout), stdout)
      const third = await world.serve()
      hold(await works(third, world.ada), 'issued tokens still work')
      return stdout.split('\n')[0]
    },
  },
  {
    id: 'SIGTERM: calls end, probes say so, within the grace',
    run: async (t) => {
      const world = await makeWorld(t)
      const served = await world.serve()
      const slow = call(served.url, world.ada, 'sleep', { ms: 1_500 })
      const probe = async (path: string) =>
        (await send(`${served.adminUrl}${path}`, { method: 'GET' })).status
      await until(async () => (await probe('/readyz')) === 200, 'ready')
      await new Promise((resolve) => setTimeout(resolve, 300))
      const began = performance.now()
      const exited = once(served.child, 'exit')
      served.child.kill('SIGTERM')
      await until(async () => (await probe('/readyz')) === 503, 'not ready')
      hold((await probe('/livez')) === 200, 'alive while it drains')
      hold((await slow) === 'slept', 'the call ended')
      const [code] = await exited
      hold(code === 0, `exit ${code}`)
      return `${Math.round(performance.now() - began)} ms`
    },
  },
  {
    id: 'another digest than the reviewed one',
    run: async (t) => {
      const world = await makeWorld(t)
      const { status, stderr } = spawnSync(
        process.execPath,
        [bin, 'serve', world.table, '--digest', '0'.repeat(64)],
        { encoding: 'utf8' },
      )
      hold(status === 1 && /^error: GW6003 /.test(stderr), stderr)
      return stderr.split('\n')[1]
    },
  },
  {
    id: 'a missing secret',
    run: async (t) => {
      const secret = { secret: 'file:/nowhere/admin-token' }
      const world = await makeWorld(t, { ...CONFIG, admin: { token: secret } })
      const { status, stderr } = spawnSync(
        process.execPath,
        [bin, 'serve', world.table, '--port', '0', '--admin-port', '0'],
        { encoding: 'utf8' },
      )
      hold(status === 2 && stderr.includes('/nowhere/admin-token'), stderr)
      return stderr.trim()
    },
  },
  {
    id: 'a second gateway on one state, also of another pid namespace',
    run: async (t) => {
      const world = await makeWorld(t)
      const served = await world.serve()
      const second = (...before: readonly string[]) => {
        const [program = '', ...args] = [...before, process.execPath]
        const ports = ['--port', '0', '--admin-port', '0']
        const began = performance.now()
        const { status, stderr } = spawnSync(
          program,
          [...args, bin, 'serve', world.table, ...ports],
          { encoding: 'utf8', timeout: 60_000 },
        )
        hold(status === 2 && /uses the state folder/.test(stderr), stderr)
        return Math.round(performance.now() - began)
      }
      const here = second()
      const isRoot = process.getuid?.() === 0
      const there = isRoot
        ? second('unshare', '--pid', '--fork', '--mount-proc')
        : '-'
      hold(await works(served, world.ada), 'the first one goes on')
      return `refused after ${here} ms, in another namespace after ${there} ms`
    },
  },
  ...(['full', 'read-only'] as const).map(
    (fault): Row => ({
      id: `a ${fault} state volume at the start`,
      run: async (t) => {
        if (process.getuid?.() !== 0) throw new NotRun('mounting needs root')
        const world = await makeWorld(t)
        mkdirSync(world.state)
        const mount =
          fault === 'full'
            ? 'mount -t tmpfs -o size=8k tmpfs "$1"; head -c 100000 /dev/zero > "$1/fill" 2>/dev/null'
            : 'mount -t tmpfs -o ro tmpfs "$1"'
        const script = `${mount}; "$2" "$3" serve "$4" --port 0 --admin-port 0; code=$?; ls "$1"; exit $code`
        const { status, stdout, stderr } = spawnSync(
          'unshare',
          [
            '--mount',
            'sh',
            '-c',
            script,
            'sh',
            world.state,
            process.execPath,
            bin,
            world.table,
          ],
          { encoding: 'utf8', timeout: 60_000 },
        )
        hold(status === 2, `exit ${status}: ${stderr}`)
        hold(stderr.includes(`revocations in ${world.state}`), stderr)
        hold(!/gateway\.key\./.test(stdout), `a draft stays: ${stdout}`)
        return stderr.split('\n')[0]
      },
    }),
  ),
]

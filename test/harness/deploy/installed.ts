// The packed package in an empty project, under one version of Node.
// In: a version. Out: a row: install, `init`, `check`, `serve` and one call.
// INVARIANT: node comes from npm, into a cache outside of this repository.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { gateway, makeFolder, root } from '../gateway.ts'
import { type Owner, serveFolder } from '../process.ts'
import { until } from '../until.ts'
import { post } from '../wire.ts'
import { packHere } from './pack.ts'
import { demand, runTool } from './render.ts'
import { hold, NotRun, type Row } from './row.ts'

const SERVER = '@modelcontextprotocol/server-filesystem@2026.8.31'
const QUIET = ['--prefer-offline', '--no-audit', '--no-fund', '--no-progress']

/** What an editor finds in it, as each way to resolve modules does. */
export const TYPES: Row = {
  id: 'the types of the package (@arethetypeswrong/cli)',
  run: async (t) => {
    const { tarball } = packHere(t)
    const attw = join(root, 'node_modules/@arethetypeswrong/cli/dist/index.js')
    demand(runTool(process.execPath, [attw, tarball, '--profile', 'esm-only']))
  },
}

export const INSTALLED = (major: string): Row => ({
  id: `install, init, check, serve and a call under Node ${major}`,
  run: async (t) => {
    const folder = findNode(major)
    const node = join(folder, 'node')
    const env = {
      PATH: `${folder}${delimiter}${process.env.PATH}`,
      HOME: homedir(),
      ...keepCertificates(),
    }
    const project = makeFolder(t, {
      'package.json': '{ "name": "empty", "private": true }',
    })
    install(t, project, node, env)
    const command = ['node_modules/.bin/gateway']
    const run = async (...args: readonly string[]) => {
      const ran = await gateway(args, { cwd: project, env, command })
      hold(ran.code === 0, `${args.join(' ')}: ${ran.stdout}${ran.stderr}`)
      return ran.stdout.trim()
    }
    await run('init')
    hold(/^0 errors/.test(await run('check')), 'check')
    const serve = [join(project, command[0] as string), 'serve', '--dev']
    const served = await serveFolder(t, project, [], env, serve)
    const { url, token, stop } = served
    let answer = ''
    const isRead = async () => {
      const { body } = await post(url, token, 'tools/call', {
        name: 'files__read_text_file',
        arguments: { path: join(project, 'docs/welcome.md') },
      })
      answer = body
      return body.includes('"content"') && !/"isError":true/.test(body)
    }
    // `npx` may take longer than a call waits; the answer then says: try again.
    await until(isRead, 'a call', 60_000).catch((error: Error) => {
      throw new Error(`${error.message}: ${answer}\n${served.stderr()}`)
    })
    hold((await stop()) === 0, 'SIGTERM ends it with 0')
    const { stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' })
    return `${stdout.trim()}, portcullis ${await run('--version')}`
  },
})

function install(
  t: Owner,
  project: string,
  node: string,
  env: Readonly<Record<string, string>>,
): void {
  const { tarball } = packHere(t)
  const npm = join(demand(runTool('npm', ['root', '--global'])).trim(), 'npm')
  const script = join(npm, 'bin/npm-cli.js')
  const args = ['install', '--engine-strict', ...QUIET, tarball, SERVER]
  const { status, stderr } = spawnSync(node, [script, ...args], {
    cwd: project,
    env,
    encoding: 'utf8',
  })
  hold(status === 0, `npm install: ${stderr}`)
  hold(!/deprecated|EBADENGINE|vulnerab/.test(stderr), `npm warns: ${stderr}`)
}

/** A company's own authority, if npm needs it. */
function keepCertificates(): Readonly<Record<string, string>> {
  const { NODE_EXTRA_CA_CERTS: file } = process.env
  return file === undefined ? {} : { NODE_EXTRA_CA_CERTS: file }
}

/** The folder of the program `node`. */
function findNode(major: string): string {
  const name = `node-${process.platform}-${process.arch}`
  const folder = join(homedir(), '.cache/portcullis/nodes', major)
  const bin = join(folder, 'node_modules', name, 'bin')
  if (!existsSync(join(bin, 'node'))) {
    const args = ['install', '--prefix', folder, ...QUIET, `${name}@${major}`]
    const { status, stderr } = runTool('npm', args)
    if (status !== 0) throw new NotRun(`npm has no ${name}@${major}: ${stderr}`)
  }
  return bin
}

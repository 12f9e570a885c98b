// How each program of a client is started, so that it reads its own file.
// In: its folder, an environment, the file. Out: the tools that it sees; null
// where it tells only that it is connected.
// INVARIANT: no model is asked and nobody signs in anywhere.

import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { root } from '../gateway.ts'
import { installFolder } from '../install.ts'

export interface Scene {
  /** Where the programs are installed. */
  readonly programs: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** The file that `connect --write` wrote, or what `connect` printed. */
  readonly file: string
  readonly printed: string
}

export type Start = (scene: Scene) => Promise<readonly string[] | null>

export const PROGRAMS: Readonly<Record<string, Start>> = {
  codex: startCodex,
  gemini: startGemini,
  'claude-desktop': startBridge,
  inspector: startInspector,
}

const PATIENCE_MS = 120_000

function startProgram(
  { cwd, env }: Scene,
  command: string,
  args: readonly string[],
): ChildProcess {
  return spawn(command, args, { cwd, env, timeout: PATIENCE_MS })
}

/** Its server for editors lists the servers of its file with their tools. */
async function startCodex(scene: Scene): Promise<readonly string[]> {
  const bin = join(scene.programs, 'node_modules/.bin/codex')
  const child = startProgram(scene, bin, ['app-server'])
  const send = (message: object) =>
    child.stdin?.write(`${JSON.stringify(message)}\n`)
  const clientInfo = { name: 'trial', version: '1.0.0' }
  send({ id: 1, method: 'initialize', params: { clientInfo } })
  send({ method: 'initialized' })
  send({ id: 2, method: 'mcpServerStatus/list', params: {} })
  try {
    for await (const line of createInterface({
      input: child.stdout as never,
    })) {
      const { id, result, error } = JSON.parse(line)
      if (id !== 2) continue
      if (error) throw new Error(JSON.stringify(error))
      const own = result.data.find(
        ({ name }: { name: string }) => name === 'gateway',
      )
      return Object.keys(own?.tools ?? {})
    }
  } finally {
    child.kill()
  }
  throw new Error('codex app-server ended without an answer')
}

async function startGemini(scene: Scene): Promise<null> {
  const bin = join(scene.programs, 'node_modules/.bin/gemini')
  // It starts no server in a folder that nobody has trusted.
  const env = { ...scene.env, GEMINI_CLI_TRUST_WORKSPACE: 'true' }
  const child = startProgram({ ...scene, env }, bin, ['mcp', 'list'])
  const said = await readAll(child)
  if (/gateway: \S+ \(http\) - Connected/.test(said)) return null
  throw new Error(said)
}

/** The file names a program: any client of programs starts it so. */
async function startBridge(scene: Scene): Promise<readonly string[]> {
  const { gateway } = JSON.parse(readFileSync(scene.file, 'utf8')).mcpServers
  const [yes, name, ...args] = gateway.args as string[]
  if (gateway.command !== 'npx' || yes !== '-y' || name !== 'mcp-remote') {
    throw new Error(`the file starts another program: ${gateway.command}`)
  }
  const client = new Client({ name: 'trial', version: '1.0.0' })
  const transport = new StdioClientTransport({
    command: join(scene.programs, 'node_modules/.bin/mcp-remote'),
    args,
    env: { ...scene.env, ...gateway.env },
    stderr: 'ignore',
  })
  await client.connect(transport, { timeout: PATIENCE_MS })
  const { tools } = await client.listTools()
  await client.close()
  return tools.map(({ name: tool }) => tool)
}

/** The command that is printed, with its newer Node. */
async function startInspector(scene: Scene): Promise<readonly string[]> {
  const { node, modules } = await installFolder(join(root, 'test/inspector'))
  const name = '@modelcontextprotocol/inspector'
  const line = scene.printed
    .split('\n')
    .find((one) => one.trim().startsWith(`npx ${name} `))
  if (line === undefined) throw new Error(`no command in ${scene.printed}`)
  const launcher = join(modules, name, 'clients/launcher/build')
  const program = `"${node}" "${join(launcher, 'index.js')}"`
  const command = line.trim().replace(`npx ${name}`, program)
  const said = await readAll(startProgram(scene, 'sh', ['-c', command]))
  const names = [...said.matchAll(/"name":\s*"(\w+__\w+)"/g)]
  if (names.length === 0) throw new Error(said)
  return names.map(([, one = '']) => one)
}

async function readAll(child: ChildProcess): Promise<string> {
  child.stdin?.end()
  const [out, err] = await Promise.all([
    text(child.stdout as never),
    text(child.stderr as never),
  ])
  return `${out}${err}`
}

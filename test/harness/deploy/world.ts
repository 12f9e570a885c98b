// A deployed config: its folder, its table, two tokens, and a gateway of it.
// In: what ends it. Out: calls, verbs, tables.

import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gateway, type Run, runHere } from '../gateway.ts'
import {
  makeFolder,
  type Owner,
  type ServeProcess,
  serveFolder,
} from '../process.ts'
import { post } from '../wire.ts'

export const PROBE = join(import.meta.dirname, 'probe-server.js')

export interface World {
  /** Of the config. */
  readonly folder: string
  /** What is served: kubelet and CI replace it from outside. */
  readonly table: string
  readonly state: string
  readonly ada: string
  readonly bob: string
  run(...args: readonly string[]): Promise<Run>
  /** Compiles the config, perhaps another one, and puts it in place. */
  publish(config?: object): Promise<void>
  /** Puts this text in the place of the table. */
  put(text: string): void
  serve(...flags: readonly string[]): Promise<ServeProcess>
}

export const CONFIG = {
  state: '../state',
  drain: '10s',
  servers: {
    probe: { type: 'stdio', command: process.execPath, args: [PROBE] },
  },
  roles: { all: { allow: { probe: ['*'] } } },
} as const

export const idOf = (token: string) => token.split('_')[1] as string

export async function makeWorld(
  t: Owner,
  config: object = CONFIG,
): Promise<World> {
  const whole = makeFolder(t, {
    'config/gateway.config.json': JSON.stringify(config),
  })
  const folder = join(whole, 'config')
  const state = join(whole, 'state')
  const mounted = join(whole, 'mounted')
  const table = join(mounted, 'table.json')
  mkdirSync(mounted)
  const run = (...args: readonly string[]) =>
    gateway([...args, '--cwd', folder], { cwd: folder })
  let turn = 0
  const put = (text: string) => {
    turn += 1
    place(mounted, text, turn)
  }
  const publish = async (next?: object) => {
    const file = join(folder, 'gateway.config.json')
    if (next) writeFileSync(file, JSON.stringify(next))
    const { code, stdout, stderr } = await runHere(['compile', '--cwd', folder])
    if (code !== 0) throw new Error(stderr)
    put(stdout)
  }
  const ada = await issue(folder, 'ada')
  const bob = await issue(folder, 'bob')
  await publish()
  const serve = (...flags: readonly string[]) =>
    serveFolder(t, whole, [table, ...flags])
  return { folder, table, state, ada, bob, run, publish, put, serve }
}

/** As kubelet does it: a folder for each version, a link to it, a link to that. */
function place(mounted: string, text: string, turn: number): void {
  const version = join(mounted, `..version-${turn}`)
  mkdirSync(version)
  writeFileSync(join(version, 'table.json'), text)
  symlinkSync(`..version-${turn}`, join(mounted, '..data_tmp'))
  renameSync(join(mounted, '..data_tmp'), join(mounted, '..data'))
  if (turn === 1) symlinkSync('..data/table.json', join(mounted, 'table.json'))
}

export async function issue(folder: string, subject: string): Promise<string> {
  const who = ['--subject', subject, '--role', 'all']
  const { code, stdout, stderr } = await runHere([
    'token',
    'issue',
    '--cwd',
    folder,
    ...who,
  ])
  if (code !== 0) throw new Error(stderr)
  return stdout.trim()
}

/** The text of the answer, or the status of a refusal. */
export async function call(
  url: string,
  token: string,
  tool: string,
  args: object = {},
): Promise<string> {
  const name = `probe__${tool}`
  const { status, body } = await post(url, token, 'tools/call', {
    name,
    arguments: args,
  })
  if (status !== 200) return String(status)
  const json = /\{.*\}/s.exec(body)?.[0] ?? '{}'
  const answer = JSON.parse(json) as {
    readonly result?: {
      readonly content?: readonly { readonly text: string }[]
    }
    readonly error?: { readonly message: string }
  }
  return answer.result?.content?.[0]?.text ?? answer.error?.message ?? body
}

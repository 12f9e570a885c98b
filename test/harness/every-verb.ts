// Every verb of the command line, with a question that it can answer.
// In: a test, a text that a server, a config and a caller write. Out: scenes.

import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { type Run, runHere } from './gateway.ts'
import { issue, serveConfig } from './served.ts'

export interface Scene {
  /** "token issue". */
  readonly verb: string
  readonly args: readonly string[]
  readonly input?: string
  readonly exit: number
}

export interface EveryVerb {
  readonly folder: string
  /** Made anew, because some verbs write. */
  scenes(): Promise<readonly Scene[]>
}

const SERVER = join(import.meta.dirname, 'texts-server.js')

export async function serveEveryVerb(
  t: Pick<Test, 'teardown'>,
  text: string,
): Promise<EveryVerb> {
  const ada = issue({ subject: 'ada', roles: ['reader'], reason: 'a test' })
  const texts = {
    type: 'stdio',
    command: process.execPath,
    args: [SERVER, text],
  }
  const config = {
    servers: { texts },
    roles: { reader: { allow: { texts: ['*'] } } },
    limits: { few: { on: { texts: ['*'] }, calls: 60, per: 'hour' } },
    teams: { readers: { roles: ['reader'] } },
    lints: { GW4011: 'off' },
  }
  const { folder, gateway } = await serveConfig(t, config, [ada])
  const here = (...args: readonly string[]) => runHere(args, { cwd: folder })
  const own = await makeOwn(folder, config, here)
  const { url, adminUrl } = gateway
  const there = ['--gateway', url]
  const admin = ['--gateway', adminUrl]
  const { token } = ada
  await runHere(['call', 'texts/echo', ...there], { cwd: folder, input: token })
  await runHere(['call', 'texts/nothing', ...there], {
    cwd: folder,
    input: token,
  })
  const odd = `odd ${text.replaceAll('/', '')}.jsonl`
  writeFileSync(join(folder, odd), `${writeRecord(text)}\n`)
  const scenes = async (): Promise<readonly Scene[]> => {
    const fresh = mkdtempSync(join(folder, 'fresh-'))
    const empty = mkdtempSync(join(folder, 'empty-'))
    const id = await own.issue()
    return [
      { verb: 'init', args: ['--cwd', fresh, '--token', 'ada'], exit: 0 },
      {
        verb: 'import',
        args: ['mcp.json', '--cwd', empty],
        exit: 0,
      },
      { verb: 'check', args: [], exit: 0 },
      { verb: 'check', args: ['--config', 'bad.json', '--coverage'], exit: 1 },
      { verb: 'check', args: ['--config', text], exit: 2 },
      { verb: 'explain', args: [text], exit: 1 },
      { verb: 'explain', args: ['GW3002'], exit: 0 },
      { verb: 'explain', args: ['ada'], exit: 0 },
      { verb: 'explain', args: ['ada', 'texts/echo'], exit: 0 },
      { verb: 'explain', args: ['--tool', 'texts/echo'], exit: 0 },
      { verb: 'diff', args: ['--base-config', own.config], exit: 0 },
      { verb: 'lock', args: ['--check'], exit: 1 },
      { verb: 'compile', args: ['-o', join(fresh, 'table.json')], exit: 0 },
      { verb: 'status', args: admin, exit: 0 },
      {
        verb: 'token issue',
        args: [...own.at, '--subject', 'bob', '--team', 'readers'],
        exit: 0,
      },
      { verb: 'token rotate', args: [id, ...own.at], exit: 0 },
      { verb: 'token list', args: [], exit: 0 },
      { verb: 'token inspect', args: [], input: token, exit: 0 },
      { verb: 'token inspect', args: ['--subject', 'ada'], exit: 0 },
      { verb: 'token revoke', args: [id, ...own.at], exit: 0 },
      {
        verb: 'token revoke',
        args: ['--subject', 'nobody', ...admin],
        exit: 1,
      },
      { verb: 'connect', args: ['cursor', ...there], input: token, exit: 0 },
      { verb: 'whoami', args: there, input: token, exit: 0 },
      { verb: 'call', args: ['reader', 'texts/echo'], exit: 0 },
      { verb: 'call', args: ['texts/echo', ...there], input: token, exit: 0 },
      { verb: 'call', args: ['texts/fail', ...there], input: token, exit: 1 },
      { verb: 'grants list', args: admin, exit: 0 },
      { verb: 'audit query', args: [], exit: 0 },
      { verb: 'audit query', args: ['--top', 'tool'], exit: 0 },
      { verb: 'audit query', args: ['--event', 'notice', 'intent'], exit: 0 },
      { verb: 'audit query', args: ['--file', odd, '--all'], exit: 0 },
      { verb: 'audit verify', args: [odd], exit: 0 },
      { verb: 'audit verify', args: [], exit: 0 },
      { verb: 'audit replay', args: [], exit: 0 },
      { verb: 'audit unused', args: [], exit: 0 },
      { verb: 'audit key', args: [], exit: 0 },
    ]
  }
  writeFileSync(
    join(folder, 'mcp.json'),
    JSON.stringify({
      mcpServers: { [`a ${text}`]: { url: 'https://a.b/mcp' } },
    }),
  )
  writeFileSync(
    join(folder, 'bad.json'),
    JSON.stringify({
      servers: { texts, [`b ${text}`]: { type: 'http' } },
      roles: { reader: { allow: { [`texst${text}`]: ['*'] } } },
    }),
  )
  return { folder, scenes }
}

/** As somebody else may have written it. */
function writeRecord(text: string): string {
  return JSON.stringify({
    ts: '2026-11-30T10:00:00.000Z',
    seq: 1,
    prevHash: '0'.repeat(64),
    event: 'refusal',
    requestId: text,
    tokenId: text,
    subject: text,
    team: text,
    roles: [text],
    client: { name: text, version: text },
    ip: text,
    method: 'tools/call',
    server: text,
    tool: text,
    exposed: text,
    decision: 'denied',
    rule: { pointer: text, at: text },
    reason: text,
  })
}

/** The same config, with a tokens file of its own. */
async function makeOwn(
  folder: string,
  config: object,
  here: (...args: readonly string[]) => Promise<Run>,
) {
  const name = 'own/gateway.config.json'
  mkdirSync(join(folder, 'own'))
  writeFileSync(join(folder, name), JSON.stringify({ ...config, limits: {} }))
  const at = ['--config', name]
  return {
    config: name,
    at,
    issue: async () => {
      const args = ['--subject', 'eve', '--team', 'readers', ...at]
      const { stdout, stderr } = await here('token', 'issue', ...args)
      const id = /^gwt_(\w{12})_/.exec(stdout)?.[1]
      if (id === undefined) throw new Error(stderr)
      return id
    },
  }
}

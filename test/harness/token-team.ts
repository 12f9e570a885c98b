// A folder of tokens, and `gateway token` in it without a process of its own.
// In: a test. Out: the folder, the verbs, the tokens file.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import { run } from '../../src/cli/run.ts'
import { writeEmpty } from '../../src/cli/tokens-file.ts'
import { readTokenId } from '../../src/table/token.ts'
import { makeFolder, makeIo } from './gateway.ts'

const CONFIG = {
  servers: { files: { type: 'stdio', command: 'files-server' } },
  roles: {
    reader: { allow: { files: ['read_*', 'list'] } },
    writer: { extends: ['reader'], allow: { files: ['write'] } },
  },
  teams: { docs: { roles: ['reader'] }, ops: { roles: ['writer'] } },
}

export function makeTeam(t: Test) {
  const cwd = makeFolder(t, {
    'gateway.config.json': JSON.stringify(CONFIG),
    'gateway.tokens.toml': writeEmpty(),
  })
  const tokens = join(cwd, 'gateway.tokens.toml')
  const token = async (args: readonly string[], input = '', now?: number) => {
    const io = { ...makeIo(cwd), ...(now !== undefined && { now: () => now }) }
    io.stdin.end(input)
    const code = await run(['token', ...args], io)
    io.stdout.end()
    io.stderr.end()
    return {
      code,
      stdout: await text(io.stdout),
      stderr: await text(io.stderr),
    }
  }
  const issue = async (subject: string, ...more: readonly string[]) => {
    const who = ['--subject', subject, '--team', 'docs']
    const { code, stdout, stderr } = await token(['issue', ...who, ...more])
    if (code !== 0) throw new Error(stderr)
    const secret = stdout.trim()
    return { secret, id: readTokenId(secret) as string }
  }
  return { cwd, tokens, token, issue, read: () => readFileSync(tokens, 'utf8') }
}

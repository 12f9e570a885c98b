// A folder as a team has it: a config, an imported fragment, a tokens file;
// and the gateway that serves it.
// In: a test. Out: the folder, two tokens of `reader`, the process.

import { join } from 'node:path'
import type { Test } from 'tap'
import { runHere } from './gateway.ts'
import { makeFolder, serveFolder } from './process.ts'

const STDIO = join(import.meta.dirname, 'stdio-server.js')

export const CONFIG = `
import { defineGateway } from 'portcullis'
import { roles, servers } from './fragment.ts'

export default defineGateway({
  servers,
  roles,
  limits: {
    hourly: { on: { local: ['pid'] }, calls: 60, per: 'hour', each: ['token'] },
  },
})
`

export const FRAGMENT = (tools: string) => `
import { defineServers, rolesFor, stdio } from 'portcullis'

export const servers = defineServers({
  local: stdio({
    command: ${JSON.stringify(process.execPath)},
    args: [${JSON.stringify(STDIO)}],
  }),
})
export const roles = rolesFor(servers)({
  reader: { allow: { local: [${tools}] } },
})
`

export async function serveTeam(t: Test) {
  const folder = makeFolder(t, {
    'gateway.config.ts': CONFIG,
    'fragment.ts': FRAGMENT("'echo', 'pid', 'sleep'"),
  })
  const issue = async (subject: string) => {
    const who = ['--subject', subject, '--role', 'reader']
    const args = ['token', 'issue', '--cwd', folder, ...who]
    const { code, stdout, stderr } = await runHere(args)
    if (code !== 0) throw new Error(stderr)
    return stdout.trim()
  }
  const tokens = [await issue('ada'), await issue('bob')] as const
  const served = await serveFolder(t, folder)
  return { folder, tokens, served }
}

// The gateway of a recipe, as its callers have it.
// In: a folder with a config, and who calls. Out: its address, a token, and
// what calls through it get.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import type { Test } from 'tap'
import { compile } from '../../src/compile.ts'
import { startGateway } from '../../src/runtime/gateway.ts'
import { runHere } from './gateway.ts'
import { post } from './wire.ts'

export interface Caller {
  readonly origin: string
  /** The answer, as it came. */
  ask(method: string, params?: Record<string, unknown>): Promise<string>
}

/** The token is in the file `token` of the folder, too. */
export async function serveRecipe(
  t: Test,
  folder: string,
  env: NodeJS.ProcessEnv,
  team: string,
): Promise<Caller> {
  const issue = `token issue --subject ada --team ${team} --expires 1d`
  const { stdout } = await runHere(issue.split(' '), { cwd: folder })
  writeFileSync(join(folder, 'token'), stdout)
  const { artefact, diagnostics } = await compile({
    cwd: folder,
    now: Date.now(),
    places: 'always',
  })
  if (!artefact) throw new Error(JSON.stringify(diagnostics))
  const gateway = await startGateway({
    artefact,
    root: folder,
    version: '0.0.0-test',
    log: pino({ level: 'silent' }),
    env,
    port: 0,
    adminPort: 0,
  })
  t.teardown(() => gateway.close())
  await gateway.ready()
  return {
    origin: new URL(gateway.url).origin,
    ask: async (method, params) => {
      const answer = await post(gateway.url, stdout.trim(), method, params)
      return answer.body
    },
  }
}

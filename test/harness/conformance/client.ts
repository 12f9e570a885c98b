// What the suite's client mode runs: it has the player play the scene, which has
// loaded the SDKs before (player.ts).
// In: the player's socket, direct or through, who signs in there, the URL; the
// suite's environment. Out: the player's exit code, and what it says.

import { request } from 'node:http'
import { argv, env, stderr } from 'node:process'
import { text } from 'node:stream/consumers'

export interface Asked {
  readonly side: string
  readonly as: string
  readonly url: string
  readonly scenario: string
  readonly context: Readonly<Record<string, never>>
  readonly isModern: boolean
}

/** Of a scene that was played. */
export interface Told {
  readonly code: number
  readonly said: string
}

const [, , socketPath = '', side = '', as = '', url = ''] = argv
const asked: Asked = {
  ...{ side, as, url },
  scenario: env.MCP_CONFORMANCE_SCENARIO ?? '',
  context: JSON.parse(env.MCP_CONFORMANCE_CONTEXT ?? '{}'),
  isModern: env.MCP_CONFORMANCE_PROTOCOL_VERSION === '2026-07-28',
}
request({ socketPath, method: 'POST' }, async (answer) => {
  const { code, said }: Told = JSON.parse(await text(answer))
  stderr.write(said)
  process.exitCode = code
}).end(JSON.stringify(asked))

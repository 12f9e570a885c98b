// What happens around the commands of docs/operations.md: in which folder they
// are typed, and what the world does in between.
// In: a month. Out: a stage that is told of each command before it is run.
// INVARIANT: whatever a command tells of came to be by real calls, files and
// listeners.

import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { compile } from '../../../src/compile.ts'
import type { Gateway } from '../../../src/runtime/gateway.ts'
import { readRecords } from '../served.ts'
import { until } from '../until.ts'
import { ENVELOPE, modernHeaders } from '../wire.ts'
import { tighten } from './config.ts'
import type { Month } from './month.ts'

export interface Stage {
  /** Where commands are typed. */
  folder: string
  /** Running now. */
  gateway?: Gateway | undefined
}

type Event = () => unknown

/** By the section and the command that they come before. */
export function planEvents(
  month: Month,
  stage: Stage,
  { first, lived }: { readonly first: string; readonly lived: string },
): Readonly<Record<string, Event>> {
  const { clock } = month
  const inFolder = (name: string) => join(stage.folder, name)
  const config = () => inFolder('gateway.config.ts')
  const live = () => inFolder('audit/gateway.jsonl')
  const stop = async () => {
    await stage.gateway?.close()
    stage.gateway = undefined
  }
  const steal = (name: string, by = 'fay', client = 'curl') => {
    const conversation = ''.padStart(32, 'f')
    const args = { query: 'password' }
    const planned = { at: 0, by, client, conversation, name, args }
    if (!stage.gateway) throw new Error('nothing is served')
    return month.call(stage.gateway, planned)
  }
  let before = ''
  return {
    'Day 1: gateway init': () => {
      stage.folder = first
    },
    // Its ports may be in use here.
    'Day 1: gateway check': () => {
      const ports = 'listen: { port: 0 }, admin: { port: 0 }, audit:'
      writeFileSync(config(), month.config.replace('audit:', ports))
    },
    'Day 1: gateway status': async () => {
      stage.gateway = await month.serve(first)
    },
    'Day 30: gateway audit query --since tuesday --until tuesday': async () => {
      await stop()
      stage.folder = lived
    },
    'Day 30: gateway audit replay': () => {
      const text = readFileSync(config(), 'utf8')
      writeFileSync(inFolder('gateway.next.config.ts'), tighten(text))
    },
    'A leaked token: gateway token inspect': async () => {
      clock.time += 5 * 60_000
      stage.gateway = await month.serve(lived)
      await steal('github__search_code')
      await steal('slack__search')
      await steal('warehouse__run_query')
      await listen(stage.gateway.url, month.tokens.fay ?? '')
      writeFileSync(inFolder('leaked.txt'), `${month.tokens.fay}\n`)
    },
    'A leaked token: gateway audit query --token kso64t6kr7y2 --since today':
      async () => {
        clock.time += 60_000
        const { status } = await steal('github__search_code')
        if (status !== 401) throw new Error(`it is good still: ${status}`)
        await until(() => hasRecord(live(), 'unauthenticated'))
      },
    'A gateway that will not reload: gateway status': async () => {
      before = readFileSync(config(), 'utf8')
      writeFileSync(config(), before.replace("['analyst']", "['analyts']"))
      const now = clock.now()
      const { diagnostics } = await compile({ cwd: lived, now })
      const errors = diagnostics.filter(({ severity }) => severity === 'error')
      const findings = errors.map(({ code, message }) => `${code} ${message}`)
      stage.gateway?.reject(findings, null)
    },
    'A server that is down: gateway status': async () => {
      writeFileSync(config(), before)
      await stop()
      stage.gateway = await month.serve(lived)
      await month.close('linear')
      for (let i = 0; i < 6; i++)
        await steal('linear__get_issue', 'ada', 'cursor')
    },
    'Restoring, and moving to another host: gateway audit verify --head kept.head':
      async () => {
        await stop()
        copyFileSync(`${live()}.head`, inFolder('kept.head'))
      },
    'Restoring, and moving to another host: gateway audit verify --head kept-later.head':
      () => {
        copyFileSync(`${live()}.head`, inFolder('kept-later.head'))
        const lines = readFileSync(live(), 'utf8').split('\n')
        writeFileSync(live(), `${lines.slice(0, -9).join('\n')}\n`)
      },
  }
}

function hasRecord(file: string, decision: string): boolean {
  return readRecords(file).some((record) => record.decision === decision)
}

/** A stream that stays open until it is closed from the other side. */
async function listen(url: string, token: string): Promise<void> {
  const method = 'subscriptions/listen'
  const notifications = { toolsListChanged: true }
  await fetch(url, {
    method: 'POST',
    headers: {
      ...modernHeaders(token, method),
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 2,
      method,
      params: { notifications, _meta: ENVELOPE },
    }),
  })
}

// An odd server over stdio, as a program.
// In: a file with a server as data, a file for what reaches it; JSON-RPC
// lines. Out: answers, a line each; in that file, a line for each start and
// each message.

import { appendFileSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import type { OddReply, OddServer } from '../../wild/case.ts'
import { answerPlainly, fillId, pickReply, writeReply } from './plain.ts'

const [, , dataFile = '', seenFile = ''] = process.argv
const server = JSON.parse(readFileSync(dataFile, 'utf8')) as OddServer
const counts = new Map<string, number>()

appendFileSync(seenFile, '{"started":true}\n')
createInterface({ input: process.stdin }).on('line', (line) => {
  appendFileSync(seenFile, `${line}\n`)
  void reply(line)
})

async function reply(line: string): Promise<void> {
  const { id, method, params } = JSON.parse(line)
  const said = pick(method) ?? answerPlainly(server, method, params)
  if (id === undefined && said.body === undefined) return
  if (said.after) await setTimeout(said.after)
  for (const event of said.events ?? []) {
    process.stdout.write(fillId(event, id))
  }
  const text = writeReply(said, id)
  if (text !== undefined) process.stdout.write(text)
  if (text !== undefined && said.body === undefined) process.stdout.write('\n')
  if (said.status) process.exit(said.status)
}

function pick(method: string | undefined): OddReply | undefined {
  const { answers = {} } = server
  const key = method !== undefined && answers[method] ? method : '*'
  const answer = answers[key]
  if (!answer || typeof answer === 'function') return undefined
  const count = (counts.get(key) ?? 0) + 1
  counts.set(key, count)
  return pickReply(answer, count)
}

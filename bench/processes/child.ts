// A server over stdio, with prepared answers: lines in, lines out.
// In: lines on stdin. Out: a line each on stdout, in one write a read.
// INVARIANT: it ends with its stdin, so it outlives no gateway.

import { writeSync } from 'node:fs'
import { answerOther, findAnswer, START } from '../answers.ts'

const ID = /"id":("[^"]*"|\d+)/
const METHOD = /"method":"([^"]+)"/
const NAME = /"name":"([^"]+)"/

let rest = ''

process.stdin.setEncoding('latin1')
process.stdin.on('data', (chunk: string) => {
  const lines = (rest + chunk).split('\n')
  rest = lines.pop() ?? ''
  let said = ''
  for (const line of lines) said += answer(line)
  writeAll(said)
})

function answer(line: string): string {
  const [, id] = ID.exec(line) ?? []
  if (id === undefined) return ''
  const [, method] = METHOD.exec(line) ?? []
  if (method !== 'tools/call') {
    return `${answerOther('legacy', id, method).text}\n`
  }
  const [, name = ''] = NAME.exec(line) ?? []
  return `${START}${id}${findAnswer('legacy', name)?.tail ?? ',"result":{}}'}\n`
}

function writeAll(text: string): void {
  const bytes = Buffer.from(text, 'latin1')
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(1, bytes, at)
    } catch (error) {
      // Its reader is behind, and the pipe does not block.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
    }
  }
}

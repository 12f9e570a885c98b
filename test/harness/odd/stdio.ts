// An odd server over stdio: the files that its program needs, and what reached
// it.
// In: a server as data, a folder. Out: its command, and what it saw.

import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { OddRequest, OddSeen, OddServer } from '../../wild/case.ts'

const PROGRAM = join(import.meta.dirname, 'program.js')

/** Told at each start of a program that is no data. */
const NOTE = 'require("node:fs").appendFileSync('

export function writeOddStdio(
  folder: string,
  name: string,
  server: OddServer,
): { readonly config: object; readonly seen: OddSeen } {
  const seenFile = join(folder, `${name}.seen`)
  appendFileSync(seenFile, '')
  const args =
    server.program === undefined
      ? [PROGRAM, writeData(folder, name, server), seenFile]
      : [writeProgram(folder, name, server.program, seenFile)]
  const config = { type: 'stdio', command: process.execPath, args }
  return { config, seen: readSeen(seenFile) }
}

function writeData(folder: string, name: string, server: OddServer): string {
  for (const [method, answer] of Object.entries(server.answers ?? {})) {
    if (typeof answer !== 'function') continue
    throw new Error(`${name}: ${method}: a stdio server has no functions`)
  }
  const file = join(folder, `${name}.json`)
  writeFileSync(file, JSON.stringify(server))
  return file
}

function writeProgram(
  folder: string,
  name: string,
  program: string,
  seenFile: string,
): string {
  const file = join(folder, `${name}.cjs`)
  const started = JSON.stringify('{"started":true}\n')
  const note = `${NOTE}${JSON.stringify(seenFile)}, ${started});`
  writeFileSync(file, `${note}\n${program}`)
  return file
}

function readSeen(file: string): OddSeen {
  // What follows the last line feed is not whole yet.
  const lines = () => readFileSync(file, 'utf8').split('\n').slice(0, -1)
  const isStart = (line: string) => line === '{"started":true}'
  return {
    url: '',
    open: 0,
    get starts() {
      return lines().filter(isStart).length
    },
    get requests() {
      return lines()
        .filter((line) => !isStart(line))
        .map(readLine)
    },
    say: () => {
      throw new Error('a stdio server speaks by its program')
    },
  }
}

function readLine(body: string): OddRequest {
  const { method, id, params } = JSON.parse(body) as OddRequest
  return { http: '', path: '', headers: {}, method, id, params, body }
}

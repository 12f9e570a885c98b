// Somebody who follows docs/getting-started.md, command by command.
// In: the page's commands, files and changes. Out: what they print.
// INVARIANT: everything happens in folders that are gone after the test, HOME
// included; only npm is replaced: `npm install` by links to what is built here,
// npx by a script that runs what is installed.

import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import { run } from '../../src/cli/run.ts'
import { makeIo, root } from './gateway.ts'
import { readCommand, readSteps, type Step } from './month/document.ts'
import { type ServeProcess, serveFolder } from './process.ts'
import { until } from './until.ts'

export type Piece =
  | { readonly kind: 'step'; readonly step: Step }
  | { readonly kind: 'file'; readonly name: string; readonly text: string }
  | { readonly kind: 'change'; readonly text: string }

/** In the order of the page. */
export function listPieces(page: string): readonly Piece[] {
  const blocks = page.matchAll(/^```(\w+) ?(.*)\n([\s\S]*?)^```$/gm)
  return [...blocks].flatMap(
    ([whole, language, name = '', text = '']): Piece[] => {
      if (language === 'diff') return [{ kind: 'change', text }]
      if (language === 'json') return [{ kind: 'file', name, text }]
      return readSteps(whole).map((step) => ({ kind: 'step', step }))
    },
  )
}

const ENDPOINT = 'http://127.0.0.1:4600'
const ADMIN = 'http://127.0.0.1:4601'
const FILES = '@modelcontextprotocol/server-filesystem'

export class PageReader {
  readonly #t: Test
  readonly #home: string
  #cwd: string
  #served: ServeProcess | undefined

  constructor(t: Test) {
    this.#t = t
    this.#home = realpathSync(mkdtempSync(join(tmpdir(), 'reader-')))
    this.#cwd = this.#home
    t.teardown(() => rmSync(this.#home, { recursive: true, force: true }))
  }

  /** Beside the folders of the page. */
  write(name: string, text: string): void {
    writeFileSync(join(this.#home, name), text)
  }

  /** Whether the config has the lines that the change takes away or keeps. */
  change(diff: string): boolean {
    const file = join(this.#cwd, 'gateway.config.ts')
    const before = readFileSync(file, 'utf8')
    const side = (sign: string) =>
      diff
        .split('\n')
        .filter((line) => line.startsWith(sign) || line.startsWith(' '))
        .map((line) => line.slice(1))
        .join('\n')
    writeFileSync(file, before.replace(side('-'), side('+')))
    return before.includes(side('-'))
  }

  async type(line: string): Promise<{ code: number; printed: string }> {
    const [typed = '', output] = line.split(' > ')
    const { args, input } = readCommand(typed)
    const [program = '', ...words] = args
    if (program === 'gateway' && words[0] === 'serve') return this.#serve(words)
    if (program === 'gateway') return this.#gateway(words, input, output)
    if (program === 'cd') this.#cwd = resolve(this.#cwd, words[0] ?? '')
    else if (program === 'npm') this.#install()
    else if (program === 'git' || program === 'mkdir') {
      execFileSync(program, words, { cwd: this.#cwd, env: this.#env() })
    } else throw new Error(`${line}: not known here`)
    return { code: 0, printed: '' }
  }

  #env() {
    return {
      PATH: process.env.PATH ?? '',
      HOME: this.#home,
      GIT_AUTHOR_NAME: 'ada',
      GIT_AUTHOR_EMAIL: 'ada@example.com',
      GIT_COMMITTER_NAME: 'ada',
      GIT_COMMITTER_EMAIL: 'ada@example.com',
    }
  }

  /** As npm would lay it out, with the server that `init` chooses. */
  #install(): void {
    const modules = join(this.#cwd, 'node_modules')
    mkdirSync(join(modules, '@modelcontextprotocol'), { recursive: true })
    mkdirSync(join(modules, '.bin'))
    symlinkSync(root, join(modules, 'portcullis'))
    symlinkSync(join(root, 'node_modules', FILES), join(modules, FILES))
    // The gateway finds it there before it looks in PATH.
    const npx = `#!/bin/sh\nexec node node_modules/${FILES}/dist/index.js "$3"\n`
    writeFileSync(join(modules, '.bin/npx'), npx, { mode: 0o755 })
    writeFileSync(join(this.#cwd, 'package.json'), '{ "private": true }\n')
  }

  async #serve([, ...flags]: readonly string[]) {
    const served = await serveFolder(this.#t, this.#cwd, flags, this.#env())
    this.#served = served
    // What the page says to wait for, as it is logged without a terminal.
    await until(() => /"tools":14.*"msg":"up"/.test(served.stderr()), 'up')
    return { code: 0, printed: this.#rename(served.stdout()) }
  }

  /** Both streams, but for what goes into a file. */
  async #gateway(
    words: readonly string[],
    input: string | undefined,
    output: string | undefined,
  ) {
    const { url = ENDPOINT } = this.#served ?? {}
    const argv = words.map((word) =>
      word.replace(ENDPOINT, new URL(url).origin),
    )
    const io = { ...makeIo(this.#cwd), env: this.#env() }
    io.stdin.end(input ? readFileSync(join(this.#cwd, input)) : '')
    if (output === undefined) io.stderr.pipe(io.stdout, { end: false })
    const code = await run(argv, io)
    await new Promise((resolve) => setImmediate(resolve))
    io.stdout.end()
    io.stderr.end()
    const stdout = await text(io.stdout)
    if (output === undefined) return { code, printed: this.#rename(stdout) }
    writeFileSync(join(this.#cwd, output), stdout)
    return { code, printed: this.#rename(await text(io.stderr)) }
  }

  #rename(printed: string): string {
    const { url, adminUrl } = this.#served ?? {}
    return printed
      .replaceAll(url ? new URL(url).origin : ENDPOINT, ENDPOINT)
      .replaceAll(adminUrl || ADMIN, ADMIN)
  }
}

// Programs that only start another one: `cmd /c npx`, `sh -c 'npx …'`, `env`,
// and `npx mcp-remote URL`, which is a server over HTTP.
// In: an entry. Out: the same entry with the inner command or address.
// INVARIANT: what is not certain stays: a script with more than words.

import { parseJson } from '../../load/json.ts'
import { ask, drop, type Entry } from './entry.ts'
import { readSignIn } from './sign-in-keys.ts'

export function unwrap(entry: Entry): void {
  for (let round = 0; round < 4; round++) {
    if (!unwrapShell(entry) && !unwrapEnv(entry)) break
  }
  unwrapRemote(entry)
}

export function programOf(command: string): string {
  const [last = ''] = command.split(/[\\/]/).slice(-1)
  return last.replace(/\.(?:cmd|exe|bat)$/i, '').toLowerCase()
}

function unwrapShell(entry: Entry): boolean {
  const { command = '', args } = entry
  const program = programOf(command)
  const [flag = '', script, ...rest] = args
  if (script === undefined) return false
  if (program === 'cmd' && /^\/c$/i.test(flag)) {
    // Other words of `cmd` are not the words of a program.
    if ([script, ...rest].some((word) => /[&|<>^%]/.test(word))) return false
    const [first = '', ...words] =
      rest.length > 0 ? [script, ...rest] : split(script)
    return become(entry, first, words)
  }
  if (!/^(?:ba|da|z)?sh$/.test(program) || !/^-l?c$/.test(flag)) return false
  if (rest.length > 0 || !isPlain(script)) return false
  const words = split(script)
  // `A=1 npx server`: variables of the program.
  while (/^[A-Za-z_]\w*=/.test(words[0] ?? ''))
    setVariable(entry, words.shift())
  if (words[0] === 'exec') words.shift()
  const [first = '', ...others] = words
  return become(entry, first, others)
}

function setVariable({ env }: Entry, pair = ''): void {
  const [name = '', ...value] = pair.split('=')
  env.set(name, value.join('='))
}

/** Words that a shell passes on as they are. */
function isPlain(script: string): boolean {
  return /^[\w@%+=:,./ -]+$/.test(script)
}

function split(script: string): string[] {
  return script.trim().split(/\s+/)
}

function unwrapEnv(entry: Entry): boolean {
  if (programOf(entry.command ?? '') !== 'env') return false
  const begin = entry.args.findIndex((word) => !/^\w+=/.test(word))
  const first = entry.args[begin]
  if (begin === -1 || first === undefined || first.startsWith('-')) return false
  for (const pair of entry.args.slice(0, begin)) setVariable(entry, pair)
  return become(entry, first, entry.args.slice(begin + 1))
}

function become(
  entry: Entry,
  command: string,
  args: readonly string[],
): boolean {
  if (command === '') return false
  // On another system than Windows the program has no such ending.
  entry.command = command.replace(/^(npx|npm|uvx|node)\.cmd$/i, '$1')
  entry.args = args
  return true
}

const REMOTE = /^mcp-remote(?:@[\w.^~-]+)?$/

/** Flags of mcp-remote with a value, and what becomes of them. */
const FLAGS: Readonly<Record<string, string>> = Object.freeze({
  '--transport': 'the gateway tries both transports',
  '--host': 'the redirect address begins with `listen.publicUrl`',
  '--auth-timeout': 'a person signs in when it suits them',
  '--resource': 'write `auth: oauth({ resource: … })`',
  '--static-oauth-client-metadata': 'write `auth: oauth({ … })`',
  '--header-file': 'name each header in `headers`',
  '--ignore-tool': 'list in a role which tools may not be called',
})

function unwrapRemote(entry: Entry): void {
  const at = entry.args.findIndex((word) => REMOTE.test(word))
  const own = REMOTE.test(programOf(entry.command ?? ''))
  const runner = /^(?:npx|bunx|pnpx|pnpm|yarn|bun|npm|deno)$/
  if (!own && (at === -1 || !runner.test(programOf(entry.command ?? ''))))
    return
  const words = own ? entry.args : entry.args.slice(at + 1)
  const url = words.find((word) => /^https?:\/\//i.test(word))
  if (url === undefined) return
  entry.url = url
  const { env } = entry
  entry.env = new Map()
  delete entry.command
  entry.args = []
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? ''
    const [flag = '', inline] =
      /^(--[\w-]+)(?:=([\s\S]*))?$/.exec(word)?.slice(1) ?? []
    if (flag === '--header') {
      addHeader(entry, inline ?? words[++index] ?? '', env)
    } else if (flag === '--static-oauth-client-info') {
      readClient(entry, inline ?? words[++index] ?? '')
    } else if (Object.hasOwn(FLAGS, flag)) {
      drop(entry, `args ${flag}`, FLAGS[flag] ?? '')
      if (inline === undefined) index++
    } else if (flag !== '' && flag !== '--allow-http' && flag !== '--debug') {
      drop(entry, `args ${flag}`, 'the gateway needs no mcp-remote')
    }
  }
  entry.signsInIfAsked = true
}

/** `{"client_id": …}`, or `@FILE`. */
function readClient(entry: Entry, text: string): void {
  const { value, faults } = parseJson(text)
  if (faults.length === 0) readSignIn(entry, value, 'auth')
  else ask(entry, 'auth', 'which client: { id, secret } did mcp-remote have?')
}

/** `Authorization:${AUTH}` with AUTH in `env`. */
function addHeader(
  entry: Entry,
  header: string,
  env: ReadonlyMap<string, string | undefined>,
): void {
  const [, name = '', value = ''] = /^([^:]*):\s*([\s\S]*)$/.exec(header) ?? []
  if (name === '') return
  const whole = value.replaceAll(
    /\$\{(\w+)\}/g,
    (text, key) => env.get(key) ?? text,
  )
  entry.headers.set(name.trim(), whole)
}

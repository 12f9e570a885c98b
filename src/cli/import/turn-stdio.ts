// The keys of a server that the gateway starts: command, arguments, variables.
// In: an entry with a command. Out: members of a server, as authored.
// INVARIANT: no credential stays in an argument or a variable; a package gets
// a version only if that version is on this machine.

import { readPackages } from '../../link/lints/packages.ts'
import { type Authored, remark, type Turning, toUpper } from './draft.ts'
import { ask, drop } from './entry.ts'
import {
  findSecretArguments,
  isRandom,
  isSecretArgument,
  isSecretText,
} from './secret-texts.ts'
import {
  type Piece,
  resolveText,
  splitTexts,
  takeSecret,
  textOf,
  toValue,
} from './turn-texts.ts'
import { programOf } from './unwrap.ts'
import { refer } from './variables.ts'
import { findNpmVersion, findPythonVersion } from './versions.ts'

/** Stands where nobody knows the program; such a server is disabled. */
const UNKNOWN = 'fill-in'

export function turnStdio(turning: Turning, written: string): Authored {
  const { entry } = turning
  const [program, ...words] = splitCommand(turning, written)
  const command = turnCommand(turning, program ?? '')
  const all = [...words, ...entry.args]
  // Before the arguments: `-e NAME=VALUE` of docker adds a variable.
  const given = moveVariables(turning, command, all)
  const args = pinPackages(turning, command, turnArguments(turning, given))
  const env = turnEnvironment(turning)
  const cwd =
    entry.cwd === undefined ? undefined : turnFolder(turning, entry.cwd)
  return {
    type: 'stdio',
    command,
    ...(args.length > 0 && { args }),
    ...(env.size > 0 && { env: Object.fromEntries(env) }),
    ...(cwd !== undefined && { cwd }),
  }
}

/** `npx -y server` in one text, unless it is a path with blanks. */
function splitCommand({ entry }: Turning, written: string): readonly string[] {
  const text = written.trim()
  if (!/\s/.test(text) || /[\\/]/.test(text.split(/\s/)[0] ?? '')) return [text]
  ask(
    entry,
    'command',
    'the command was one text: are its words split rightly?',
  )
  return text.split(/\s+/)
}

function turnCommand(turning: Turning, program: string): string {
  const { entry } = turning
  const text = textOf(resolveText(turning, program, 'command'))
  if (!text || isRandom(text) || turning.variables.isIn(text)) {
    ask(entry, 'command', 'the client filled in the program: which one is it?')
    entry.disabled = true
    return UNKNOWN
  }
  if (!/^[A-Za-z]:\\|\\/.test(text)) return text
  ask(
    entry,
    'command',
    'this is a path of Windows: what is it where the gateway runs?',
  )
  return text.replaceAll('\\', '/')
}

function turnFolder(turning: Turning, folder: string): string | undefined {
  const { entry, variables } = turning
  const text = textOf(resolveText(turning, folder, 'cwd'))
  if (!text || /^(?:env|file):/.test(text) || variables.isIn(text)) {
    ask(entry, '', 'the client filled in the working folder: which one is it?')
    return undefined
  }
  return text.replaceAll('\\', '/')
}

/** `docker run -e NAME=VALUE`: the value goes into `env`, out of the list of
 * processes. */
function moveVariables(
  turning: Turning,
  command: string,
  args: readonly string[],
): readonly string[] {
  if (!/^(?:docker|podman|nerdctl)$/.test(programOf(command))) return args
  const image = args.findIndex(
    (one, at) =>
      at > args.indexOf('run') &&
      !one.startsWith('-') &&
      !/^(?:-e|--env)$/.test(args[at - 1] ?? ''),
  )
  return args.map((word, at) => {
    const before = args[at - 1] ?? ''
    const [, flag = '', name = '', value] =
      /^(--env=|-e=?)?([A-Za-z_]\w*)=([\s\S]*)$/.exec(word) ?? []
    const isOne = flag !== '' || /^(?:-e|--env)$/.test(before)
    if (!isOne || value === undefined || image === -1) return word
    turning.entry.env.set(name, value)
    return flag + name
  })
}

function turnArguments(
  turning: Turning,
  args: readonly string[],
): readonly unknown[] {
  const secret = findSecretArguments(args)
  return args.map((arg, at) => {
    const pieces = resolveText(turning, arg, 'args')
    const text = textOf(pieces)
    if (text === undefined) return toValue(splitTexts(turning, pieces))
    const isDigest = /@sha256:[\da-f]{64}$/.test(text)
    const before = args[at - 1] ?? ''
    const isSecret = !isDigest && isSecretArgument(text, before)
    if (!secret.has(at) && !isSecret) {
      return toValue(splitTexts(turning, pieces))
    }
    return toValue(splitArgument(turning, text, before))
  })
}

/** The part of an argument that is not the credential stays readable. */
function splitArgument(
  turning: Turning,
  text: string,
  before: string,
): readonly Piece[] {
  const upper = toUpper(turning.name)
  const [, flag, name = '', value = ''] =
    /^((?:--?)?([\w-]+)=)([\s\S]+)$/.exec(text) ?? []
  if (flag !== undefined) {
    const wanted = /^[A-Z][A-Z0-9_]+$/.test(name)
      ? name
      : `${upper}_${wordOf(name)}`
    const secret = takeSecret(turning, value, wanted)
    askOfMore(turning, value, secret)
    return [flag, { secret }]
  }
  const [, header, key = '', held = ''] =
    /^(([\w-]+):\s*(?:(?:Bearer|Basic|token) +)?)(\S[\s\S]*)$/i.exec(text) ?? []
  if (
    header !== undefined &&
    /header|^-H$/i.test(before) &&
    !/:\/\//.test(text)
  ) {
    const wanted = /^authorization$/i.test(key)
      ? `${upper}_TOKEN`
      : `${upper}_${wordOf(key)}`
    return [header, { secret: takeSecret(turning, held, wanted) }]
  }
  const wanted = /^--?[\w-]+$/.test(before)
    ? wordOf(before)
    : /:\/\//.test(text)
      ? 'URL'
      : 'SECRET'
  const secret = takeSecret(turning, text, `${upper}_${wanted}`)
  askOfMore(turning, text, secret)
  return [{ secret }]
}

/** A script, or a list of settings, with a credential in it. */
function askOfMore({ entry }: Turning, text: string, taken: string): void {
  if (!/[\s;]/.test(text.trim())) return
  const name = taken.replace('env:', '')
  const said = `${name} is now a whole text that contains a credential: can the rest be here?`
  ask(entry, 'args', said)
}

function wordOf(flag: string): string {
  return toUpper(flag.replace(/^-+/, '').replace(/^x-/i, '')).replaceAll(
    /\W/g,
    '_',
  )
}

function turnEnvironment(turning: Turning): Map<string, unknown> {
  const { entry } = turning
  const turned = new Map<string, unknown>()
  for (const [name, value] of entry.env) {
    if (!/^[A-Za-z_]\w*$/.test(name) || name === '__proto__') {
      drop(entry, `env.${name}`, 'a variable cannot have this name')
    } else if (value === undefined) {
      turned.set(name, { secret: refer(name) })
    } else turned.set(name, turnVariable(turning, name, value))
  }
  for (const name of readFile(turning)) {
    if (!turned.has(name)) turned.set(name, { secret: refer(name) })
  }
  return turned
}

function turnVariable(turning: Turning, name: string, value: string): unknown {
  const { entry, variables } = turning
  if (entry.secrets.has(name) && !/\$\{/.test(value)) {
    return { secret: takeSecret(turning, value, name) }
  }
  const pieces = resolveText(turning, value, 'env')
  const text = textOf(pieces)
  if (text === undefined) {
    const [first, second] = pieces
    if (second === undefined) return first
    if (
      first === 'Bearer ' &&
      typeof second === 'object' &&
      pieces.length === 2
    ) {
      return { bearer: second.secret }
    }
    ask(
      entry,
      'env',
      `${name} is now read whole, with the text around its variable`,
    )
    return { secret: refer(name) }
  }
  const isSecret = isSecretText(name, text) || variables.isIn(text)
  return isSecret ? { secret: takeSecret(turning, text, name) } : text
}

/** The names in an `envFile`, if it is here. */
function readFile(turning: Turning): readonly string[] {
  const { entry, readNames } = turning
  if (entry.envFile === undefined) return []
  const names = readNames(entry)
  const how = 'start the gateway with `--secrets FILE`'
  if (names) remark(turning, 'env', `the names are of the envFile: ${how}`)
  else
    ask(
      entry,
      '',
      `which variables of its envFile does the server need? Name each in env, and ${how}`,
    )
  return names ?? []
}

function pinPackages(
  turning: Turning,
  command: string,
  args: readonly unknown[],
): readonly unknown[] {
  const texts = args.map((arg) => (typeof arg === 'string' ? arg : ''))
  const pinned = [...args]
  for (const { text, index, pinned: fine } of readPackages({
    command,
    args: texts,
  })) {
    if (fine || text !== texts[index]) continue
    const found = pinOne(turning, programOf(command), text)
    if (found === undefined) {
      ask(
        turning.entry,
        'args',
        /^(?:docker|podman|nerdctl)$/.test(programOf(command))
          ? 'which tag or digest? Without one the newest image runs.'
          : 'which version? None is on this machine, and without one the newest runs.',
      )
    } else {
      pinned[index] = found
      remark(turning, 'args', 'pinned to the version that is on this machine')
    }
  }
  return pinned
}

function pinOne(
  { shelves }: Turning,
  program: string,
  text: string,
): string | undefined {
  if (/^(?:git\+|https?:|github:)/.test(text)) return undefined
  if (/^(?:uvx|uv|pipx)$/.test(program)) {
    const [, name = '', extras = ''] =
      /^([\w.-]+)(\[[\w,.-]+\])?(?:@latest)?$/.exec(text) ?? []
    const version = findPythonVersion(name, shelves)
    return version === undefined ? undefined : `${name}${extras}==${version}`
  }
  if (!/^(?:npx|bunx|bun|pnpx|pnpm|yarn|npm)$/.test(program)) return undefined
  const [, name = ''] = /^(@?[^@]+)(?:@[\w.^~-]+)?$/.exec(text) ?? []
  const version = findNpmVersion(name, shelves)
  return version === undefined ? undefined : `${name}@${version}`
}

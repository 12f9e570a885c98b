// Texts with an unresolved variable: `${NAME}`, `$NAME`, `env:NAME`, and texts
// that an unset `process.env.NAME` left empty.
// In: the authored value, of any shape. Out: findings.
// INVARIANT: shows at most the name of a variable, never the text around it.

import type { Diagnostic } from '../contract/diagnostic.ts'
import type { Code } from '../diagnostics/codes.ts'
import { joinPointer, showPath } from '../diagnostics/pointer.ts'
import { finding } from '../diagnostics/report.ts'
import { listPrograms } from './programs.ts'

interface Placeholder {
  /** The variable as it is written. */
  readonly text: string
  /** The reference that was meant, if the text names it. */
  readonly reference?: string
}

/** The unresolved variable in a text; undefined if there is none. */
export function readPlaceholder(text: string): Placeholder | undefined {
  const [written, name] = /\$\{(?:\w+:)?([A-Za-z_]\w*)\}/.exec(text) ?? []
  if (written) return { text: written, reference: `env:${name}` }
  const whole = /^(?:(?:bearer|basic|token) )?(\S+)$/i.exec(text)?.[1] ?? ''
  const [, variable] = /^\$([A-Z_][A-Z0-9_]*)$/.exec(whole) ?? []
  if (variable) return { text: whole, reference: `env:${variable}` }
  if (/^(?:env:[A-Za-z_]\w*|file:\/run\/secrets\/[\w./-]+)$/.test(whole)) {
    return { text: whole, reference: whole }
  }
  return /\bundefined\b/.test(text) ? { text: 'undefined' } : undefined
}

/** Only keys that give a server or a collector what it needs. */
export function checkReferences(authored: unknown): readonly Diagnostic[] {
  const { servers, telemetry } = (authored ?? {}) as Record<string, unknown>
  const collector = (telemetry as Record<string, unknown> | undefined)?.otlp
  const parts = [
    ...listMembers(servers, '/servers'),
    ['/telemetry/otlp', collector] as const,
  ]
  const programs = listPrograms(authored).flatMap(({ exec, pointer }) => {
    const shell = isShell(exec[0], exec.slice(1))
    return listMembers(exec, joinPointer(pointer, 'exec')).flatMap(
      ([at, text]) => judgeText(text, at, shell),
    )
  })
  const found = parts.flatMap(([at, part]) => {
    const { url, headers, env, command, args, cwd, auth } = (part ??
      {}) as Record<string, unknown>
    const { client, ...signIn } = Object(auth)
    const shell = isShell(command, args)
    return [
      ...[
        [joinPointer(at, 'command'), command] as const,
        [joinPointer(at, 'cwd'), cwd] as const,
        ...listMembers(args, joinPointer(at, 'args')).flatMap(listParts),
        ...listParts([joinPointer(at, 'url'), url]).slice(1),
        ...listMembers(signIn, joinPointer(at, 'auth')),
        [joinPointer(at, 'auth', 'client', 'id'), Object(client).id] as const,
      ].flatMap(([pointer, text]) => judgeText(text, pointer, shell)),
      ...judgeUrl(url, joinPointer(at, 'url')),
      ...[
        ...listMembers(headers, joinPointer(at, 'headers')),
        ...listMembers(env, joinPointer(at, 'env')),
      ].flatMap(([pointer, value]) => judgeValue(value, pointer)),
    ]
  })
  return [...found, ...programs]
}

/** An argument, or the texts of an argument that contains a secret. */
function listParts([pointer, value]: readonly [string, unknown]) {
  const { join } = Object(value) as { readonly join?: unknown }
  const parts = listMembers(join, joinPointer(pointer, 'join'))
  return [[pointer, value] as const, ...parts]
}

/** Variables of an editor, a shell or a service manager; we replace none. */
const FILLED = [
  /\$\{(?:[\w.]+:)?[A-Za-z_][\w.-]*\}/,
  /(?<=^|[=/:])\$[A-Z_][A-Z0-9_]*\b/,
  /%[A-Z][A-Z_]{3,}(?:\(X86\))?%/i,
] as const

const FOLDERS =
  /workspaceFolder|workspaceRoot|userHome|cwd|fileDirname|\bHOME\b|\bPWD\b|^~|APPDATA|USERPROFILE|PROGRAM|TEMP|\bTMP/i

/** In the words of a shell, the shell replaces them. */
function isShell(command: unknown, args: unknown): boolean {
  const [last = ''] = String(command).split(/[\\/]/).slice(-1)
  const program = last.replace(/\.exe$/, '')
  const flags = Array.isArray(args) ? args : []
  return (
    /^(?:ba|da|z|k)?sh$|^cmd$|^pwsh$|^powershell$/.test(program) &&
    flags.some((one) => /^[-/]\w*c$/i.test(String(one)))
  )
}

function judgeText(
  text: unknown,
  pointer: string,
  shell: boolean,
): readonly Diagnostic[] {
  if (typeof text !== 'string') return []
  const signs = shell ? FILLED.slice(0, 1) : FILLED
  const found = signs.flatMap((sign) => sign.exec(text)?.[0] ?? [])[0]
  if (found === undefined || (shell && !found.includes(':'))) return []
  const [name = 'NAME'] = found.match(/[A-Za-z_]\w*/g)?.slice(-1) ?? []
  const help = FOLDERS.test(found)
    ? 'write the folder out; a path is relative to the folder of this file, a path in `args` is relative to `cwd`'
    : /\/exec\/\d+$/.test(pointer)
      ? `write the value out, or name the variable for the program: { exec: [ … ], env: ['${name}'] }`
      : /\/(?:args|url)\//.test(pointer)
        ? `for a secret write secret('env:${name}'), or { join: ['--flag=', secret('env:${name}')] }; for anything else write the value out`
        : 'write the value out; for another environment write another config that imports this one'
  const message = `${showPath(pointer)} holds \`${found}\`, which nothing replaces`
  return [finding('GW2013', pointer, message, { help })]
}

function judgeUrl(url: unknown, pointer: string): readonly Diagnostic[] {
  const found = typeof url === 'string' ? readPlaceholder(url) : undefined
  if (!found) return []
  const help = found.reference
    ? "write the address out; put a key into a header: secret('env:NAME'), or after the host: { join: ['https://HOST/?key=', secret('env:NAME')] }"
    : 'write the address out; for another environment write another config that imports this one'
  return [describe('GW2010', pointer, found, help)]
}

function judgeValue(value: unknown, pointer: string): readonly Diagnostic[] {
  const found = typeof value === 'string' ? readPlaceholder(value) : undefined
  if (!found)
    return /\/env\//.test(pointer) ? judgeText(value, pointer, false) : []
  if (FOLDERS.test(found.text)) return judgeText(value, pointer, false)
  const reference = found.reference ?? 'env:NAME'
  const bearer = /^bearer /i.test(value as string)
  const help = `write ${bearer ? 'bearer' : 'secret'}('${reference}'): the gateway reads it when it connects to the server`
  return [describe('GW2013', pointer, found, help)]
}

function describe(
  code: Code,
  pointer: string,
  { text, reference }: Placeholder,
  help: string,
): Diagnostic {
  const why = reference
    ? ', which nothing replaces'
    : ': a config cannot read the environment'
  const message = `${showPath(pointer)} holds \`${text}\`${why}`
  return finding(code, pointer, message, { help })
}

function listMembers(
  section: unknown,
  pointer: string,
): readonly (readonly [string, unknown])[] {
  if (typeof section !== 'object' || section === null) return []
  return Object.entries(section).map(([name, member]) => [
    joinPointer(pointer, name),
    member,
  ])
}

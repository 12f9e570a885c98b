// Texts that were meant to be filled in: `${NAME}`, `$NAME`, `env:NAME`, and
// what an empty environment made of `process.env.NAME`.
// In: the authored value, whatever its shape. Out: findings.
// INVARIANT: shows the name of a variable at most, never what surrounds it.

import type { Diagnostic } from '../contract/diagnostic.ts'
import type { Code } from '../diagnostics/codes.ts'
import { joinPointer, showPath } from '../diagnostics/pointer.ts'
import { finding } from '../diagnostics/report.ts'

interface Placeholder {
  /** How it is written. */
  readonly text: string
  /** The reference that was meant, where it says which. */
  readonly reference?: string
}

/** What in a text waits to be filled in; undefined when nothing does. */
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

/** Only where a server or a collector is given what it needs. */
export function checkReferences(authored: unknown): readonly Diagnostic[] {
  const { servers, telemetry } = (authored ?? {}) as Record<string, unknown>
  const collector = (telemetry as Record<string, unknown> | undefined)?.otlp
  const parts = [
    ...listMembers(servers, '/servers'),
    ['/telemetry/otlp', collector] as const,
  ]
  return parts.flatMap(([at, part]) => {
    const { url, headers, env } = (part ?? {}) as Record<string, unknown>
    return [
      ...judgeUrl(url, joinPointer(at, 'url')),
      ...[
        ...listMembers(headers, joinPointer(at, 'headers')),
        ...listMembers(env, joinPointer(at, 'env')),
      ].flatMap(([pointer, value]) => judgeValue(value, pointer)),
    ]
  })
}

function judgeUrl(url: unknown, pointer: string): readonly Diagnostic[] {
  const found = typeof url === 'string' ? readPlaceholder(url) : undefined
  if (!found) return []
  const help = found.reference
    ? "write the address out; a key goes into a header: secret('env:NAME')"
    : 'write the address out; for another environment write another config that imports this one'
  return [describe('GW2010', pointer, found, help)]
}

function judgeValue(value: unknown, pointer: string): readonly Diagnostic[] {
  const found = typeof value === 'string' ? readPlaceholder(value) : undefined
  if (!found) return []
  const reference = found.reference ?? 'env:NAME'
  const bearer = /^bearer /i.test(value as string)
  const help = `write ${bearer ? 'bearer' : 'secret'}('${reference}'): it is read when the server is connected`
  return [describe('GW2013', pointer, found, help)]
}

function describe(
  code: Code,
  pointer: string,
  { text, reference }: Placeholder,
  help: string,
): Diagnostic {
  const why = reference
    ? ', which nothing fills in'
    : ': a config sees no environment'
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

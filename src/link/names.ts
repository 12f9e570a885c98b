// References: whether the named thing exists.
// In: a name, its place, the declared names. Out: whether the name is usable.
// INVARIANT: an unknown name gives one finding, with the nearest known name.

import { quote } from '../diagnostics/credential.ts'
import { joinPointer } from '../diagnostics/pointer.ts'
import { finding } from '../diagnostics/report.ts'
import {
  findWord,
  labelUnknown,
  suggest,
  suggestHelp,
} from '../diagnostics/suggest.ts'
import type { LinkContext } from './context.ts'

const KINDS = Object.freeze({
  server: { code: 'GW3001', section: 'servers' },
  role: { code: 'GW3002', section: 'roles' },
  team: { code: 'GW3003', section: 'teams' },
} as const)

export function resolveName(
  { checked, report, isDeclared, isEnough }: LinkContext,
  kind: keyof typeof KINDS,
  name: string,
  pointer: string,
  beside: readonly string[] = [],
): boolean {
  const { code, section } = KINDS[kind]
  const declared = checked.names[section]
  // Null: the section itself is faulty, and has its finding.
  if (declared === null) return false
  if (isDeclared(section, name)) return true
  const message = `unknown ${kind} ${quote(name)}`
  if (isEnough(code)) {
    // The finding is counted, but not shown.
    report(finding(code, pointer, message))
    return false
  }
  const nearest = suggest(name, declared)
  const notes = nearest
    ? [
        {
          message: `\`${nearest}\` is declared here`,
          pointer: `/${section}/${nearest}`,
        },
      ]
    : []
  const wild = kind === 'server' && name.includes('*')
  const help = wild
    ? `name each server, because \`*\` matches tools only; ${suggestHelp(name, declared)}`
    : suggestHelp(name, declared)
  const label = labelUnknown(declared, kind)
  // A server is always named by a key.
  const part = kind === 'server' ? 'key' : 'value'
  const sensible = declared.filter((one) => !extendsItself(one, pointer))
  const word = findWord(part, name, sensible, beside)
  report(finding(code, pointer, message, { help, notes, label, word }))
  return false
}

/** The role itself: never a useful proposal here. */
function extendsItself(role: string, pointer: string): boolean {
  return pointer.startsWith(`${joinPointer('/roles', role, 'extends')}/`)
}

/** The known names of a list, sorted, each once; holes are skipped. */
export function resolveNames(
  context: LinkContext,
  kind: keyof typeof KINDS,
  names: readonly string[] | undefined,
  pointer: string,
): readonly string[] {
  const known = (names ?? []).filter((name, index) =>
    resolveName(context, kind, name, `${pointer}/${index}`, names),
  )
  return [...new Set(known)].sort()
}

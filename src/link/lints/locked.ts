// Lints of the lock: what a model reads there, but a reviewer cannot see.
// In: the scene. Out: findings at the definition in the lock.
// INVARIANT: reads every text of a locked server, also the keys of its schemas;
// one finding for each definition.

import type { Diagnostic } from '../../contract/diagnostic.ts'
import {
  type Definition,
  LOCKED_LISTS,
  type LockedList,
} from '../../contract/lock.ts'
import { quote } from '../../diagnostics/credential.ts'
import { joinPointer } from '../../diagnostics/pointer.ts'
import { finding } from '../../diagnostics/report.ts'
import { formatUnseen, listUnseen } from '../../diagnostics/unseen.ts'
import { nameOf } from '../../table/lock.ts'
import { pointTo } from '../lock.ts'
import type { Scene } from './scene.ts'

/** GW4023: invisible signs in a text for a model. */
export function findUnseen({ linked }: Scene): readonly Diagnostic[] {
  return Object.entries(linked.definitions).flatMap(([server, locked]) => {
    const lists = Object.keys(LOCKED_LISTS) as readonly LockedList[]
    const { instructions = '', serverInfo = {} } = locked
    return [
      ...judge(quote(server), pointTo(server), { instructions, serverInfo }),
      ...lists.flatMap((list) =>
        locked[list].flatMap((one) => {
          const name = nameOf(list, one)
          const who = quote(`${server}/${formatUnseen(name)}`)
          return judge(who, pointTo(server, list, name), one)
        }),
      ),
    ]
  })
}

function judge(
  who: string,
  pointer: string,
  definition: Definition,
): readonly Diagnostic[] {
  const found = [...listTexts(definition)].filter(
    ({ signs }) => signs.length > 0,
  )
  const [first] = found
  if (!first) return []
  const signs = [...new Set(found.flatMap(({ signs }) => signs))]
  const more = signs.length > FEW ? ` and ${signs.length - FEW} more` : ''
  const told = `${signs.slice(0, FEW).join(', ')}${more}`
  const at = `${quote(formatUnseen(first.path))}: ${quote(excerpt(first.text))}`
  const message = `${who} contains invisible characters (${told}), in ${at}`
  return [finding('GW4023', pointer, message)]
}

const FEW = 4

interface Told {
  /** Path in the definition, without its first slash. */
  readonly path: string
  readonly text: string
  readonly signs: readonly string[]
}

/** Without recursion, because a deep text could exhaust the stack. */
function* listTexts(definition: Definition): Generator<Told> {
  const open: (readonly [string, unknown])[] = [['', definition]]
  for (const [at, value] of open) {
    const path = at.slice(1)
    if (typeof value === 'string') {
      yield { path, text: value, signs: listUnseen(value, !NAMES.test(path)) }
    }
    if (typeof value !== 'object' || value === null) continue
    for (const [key, member] of Object.entries(value)) {
      yield { path: path || key, text: key, signs: listUnseen(key, false) }
      open.push([joinPointer(at, key), member])
    }
  }
}

/** Names are one line. */
const NAMES = /(?:^|\/)(?:name|uriTemplate)$/

/** From a little before the first such sign; each is written as its code. */
function excerpt(text: string): string {
  const [sign = ''] = listUnseen(text, false)
  const code = Number.parseInt(sign.slice(2), 16)
  const at = sign === '' ? 0 : text.indexOf(String.fromCodePoint(code))
  const begin = Math.max(0, at - 12)
  return `${begin > 0 ? '…' : ''}${formatUnseen(text.slice(begin, at + 200))}`
}

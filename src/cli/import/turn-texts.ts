// Texts of a client's file as values of the config.
// In: a text, and the server. Out: a text, a reference, or both joined.
// INVARIANT: a value that is a credential, or that the client fills in, becomes
// a reference to a variable; no question repeats a value.

import { remark, type Turning } from './draft.ts'
import { ask } from './entry.ts'
import { readParts } from './placeholders.ts'
import { type Reference, refer } from './variables.ts'

export type Piece = string | { readonly secret: Reference }

/** The text with folders written out and variables as references. */
export function resolveText(
  turning: Turning,
  text: string,
  about: string,
): readonly Piece[] {
  const { entry, home } = turning
  const pieces = readParts(text).flatMap((part): readonly Piece[] => {
    if (typeof part === 'string') return [part]
    if (part.kind === 'folder') {
      remark(
        turning,
        about,
        'the folder of the editor is now the folder of this file',
      )
      return ['.']
    }
    if (part.kind === 'home') {
      ask(
        entry,
        about,
        'this is in the home of a person: where is it where the gateway runs?',
      )
      return [home ?? { secret: refer('HOME') }]
    }
    if (part.kind === 'file') return [{ secret: `file:${part.name}` }]
    if (part.fallback) {
      ask(
        entry,
        about,
        `${part.name} had a default in the client: set the variable in any case`,
      )
    }
    return [{ secret: refer(part.name) }]
  })
  const joined = joinTexts(pieces)
  if (joined.some((one) => typeof one === 'string' && HOMES.test(one))) {
    ask(
      entry,
      about,
      'this is in the home of a person: where is it where the gateway runs?',
    )
  }
  return joined
}

const HOMES = /(?:^|[=:,])(?:\/Users\/|\/home\/|[A-Za-z]:[\\/]Users[\\/])/

/** Neighbouring texts as one. */
export function joinTexts(pieces: readonly Piece[]): readonly Piece[] {
  const joined: Piece[] = []
  for (const piece of pieces) {
    const last = joined.at(-1)
    if (piece === '') continue
    if (typeof last === 'string' && typeof piece === 'string') {
      joined[joined.length - 1] = last + piece
    } else joined.push(piece)
  }
  return joined
}

/** The texts without literals that are credentials elsewhere. */
export function splitTexts(
  { variables }: Turning,
  pieces: readonly Piece[],
): readonly Piece[] {
  return joinTexts(
    pieces.flatMap((piece) =>
      typeof piece === 'string' ? variables.split(piece) : [piece],
    ),
  )
}

/** For arguments and addresses, which can join. */
export function toValue(pieces: readonly Piece[]): unknown {
  const [only = ''] = pieces
  return pieces.length < 2 ? only : { join: pieces }
}

/** The text, if nothing in it is a reference. */
export function textOf(pieces: readonly Piece[]): string | undefined {
  const [only = ''] = pieces
  return pieces.length < 2 && typeof only === 'string' ? only : undefined
}

/** Texts that people put where a credential belongs. */
const FILLER =
  /^(?:|<.*>|\[.*\]|\{.*\}|\.{3}|x{3,}|\*{3,}|(?:your|my|insert|enter|put|add|replace)\b.*|.*\byour[-_ ].*|.*(?:changeme|change-me|placeholder|goes[-_ ]here|todo).*)$/i

/** The variable that replaces a credential. */
export function takeSecret(
  { variables, name }: Turning,
  literal: string,
  wanted: string,
): Reference {
  // Equal fillers of two servers are not one credential.
  const own = FILLER.test(literal) ? `\0${name}\0${wanted}` : literal
  return variables.take(own, wanted, name)
}

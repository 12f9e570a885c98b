// A whole token in place of its id.
// In: a word of the command line. Out: what is wrong with it, and the way out.
// INVARIANT: the token is not repeated.

import { TOKEN_PATTERN } from './token.ts'

/** Undefined for a text that does not begin as a token does. */
export function judgeWholeToken(word: string): string | undefined {
  if (!word.startsWith('gwt_')) return undefined
  const id = TOKEN_PATTERN.exec(word)?.[1]
  if (id === undefined) return 'that is neither a token nor a name'
  return (
    'that is the token itself, and a command line is seen by others and kept ' +
    `in histories\nhelp: name it by its id, ${id}; ` +
    '`gateway token inspect` reads one from stdin'
  )
}

// The words of the glossary, and the identifiers of a source that go against it.
// In: CONTRIBUTING.md; sources. Out: terms; identifiers with a replaced word.
// INVARIANT: comments, texts and import paths are no identifiers.

import type { Source } from './imports.ts'

export interface Term {
  readonly term: string
  /** Words that the term replaces in identifiers. */
  readonly replaced: readonly string[]
}

/** Rows `| term | meaning | not |` of the section. */
export function readGlossary(section: string): readonly Term[] {
  return section
    .split('\n')
    .filter((line) => /^\| (?!term |-)/.test(line))
    .map((line) => {
      const [, term = '', , not = ''] = line.split('|').map((one) => one.trim())
      return { term, replaced: not === '' ? [] : not.split(', ') }
    })
}

/** `path: identifier (word)`, each once. */
export function findReplaced(
  sources: readonly Source[],
  words: ReadonlySet<string>,
): readonly string[] {
  const found = sources.flatMap(({ path, text }) =>
    listIdentifiers(text).flatMap((name) =>
      wordsOf(name)
        .filter((word) => words.has(word))
        .map((word) => `${path}: ${name} (${word})`),
    ),
  )
  return [...new Set(found)]
}

/** What an identifier is made of: single words, and pairs joined by a hyphen.
 * `inFlight` is a term of its own, not the word `flight`. */
function wordsOf(name: string): readonly string[] {
  const words = name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[\s_$#]+/)
  const pairs = words.slice(1).map((word, at) => `${words[at]}-${word}`)
  const single = words.filter(
    (word, at) => !(word === 'flight' && words[at - 1] === 'in'),
  )
  return [...single, ...pairs]
}

/** Comments, texts and regular expressions are taken out first; what stands in
 * the holes of a template literal is kept. */
function listIdentifiers(text: string): readonly string[] {
  const code = text.replace(SILENT, (all, hole: string | undefined) =>
    all.startsWith('`') ? readHoles(all) : (hole ?? ' '),
  )
  return (
    code.match(/(?<![\w.'"-])#?[A-Za-z_$][\w$]*|(?<=\.)#?[A-Za-z_$][\w$]*/g) ??
    []
  )
}

const SILENT =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|(?<=[(,=:?&|!]\s*)\/(?:\\.|\[(?:\\.|[^\]\n])*\]|[^/\\\n[])+\/[a-z]*|`(?:\\[\s\S]|\$\{(?:[^{}`]|\{[^{}]*\}|`[^`]*`)*\}|[^`\\])*`/g

function readHoles(template: string): string {
  return [...template.matchAll(/\$\{((?:[^{}`]|\{[^{}]*\}|`[^`]*`)*)\}/g)]
    .map(([, hole = '']) => hole)
    .join(' ')
}

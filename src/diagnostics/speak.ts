// Help in the language of the file that it is about.
// In: a help that contains TypeScript, and a file. Out: the same help in the
// language of that file.
// INVARIANT: helpers only return data, so each call has one plain form.

import { type Language, languageOf } from '../contract/formats.ts'

/** `bearer('env:X')`, `secret('env:X')`. */
const REFERENCE = /\b(bearer|secret)\(('[^']*')\)/g

/** `http({ url: '…' })`, `stdio({ … })`. */
const SERVER = /\b(http|stdio)\(\{ (.*?) \}\)/g

/** A text, or the key of an object, in TypeScript. */
const TEXT = /(?<!\w)'([^']*)'/g
const KEY = /([{,] )(\w+): /g

const PLAIN: Readonly<
  Record<Exclude<Language, 'code'>, (help: string) => string>
> = Object.freeze({
  json: (help) => help.replaceAll(KEY, `$1'$2': `).replaceAll(TEXT, '"$1"'),
  yaml: (help) => help,
  toml: (help) => help.replaceAll(KEY, '$1$2 = ').replaceAll(TEXT, '"$1"'),
})

export function asSource(file: string, help: string): string {
  const language = languageOf(file) ?? 'code'
  if (language === 'code') return help
  const plain = help
    .replaceAll(REFERENCE, '{ $1: $2 }')
    .replaceAll(SERVER, "{ type: '$1', $2 }")
  return PLAIN[language](plain)
}

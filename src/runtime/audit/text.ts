// One value as JSON, safe on one line of a log.
// In: anything from outside. Out: its JSON.
// INVARIANT: what some reader takes for a line break or a terminal command is
// spelled out, C1 signs and U+2028 included.

export function text(value: unknown): string {
  if (typeof value === 'string' && PLAIN.test(value)) return `"${value}"`
  const json = JSON.stringify(value)
  if (!UNSAFE.test(json)) return json
  return json.replace(UNSAFE_ALL, (sign) => {
    const code = sign.charCodeAt(0).toString(16).padStart(4, '0')
    return `\\u${code}`
  })
}

/** Nothing here needs an escape. */
const PLAIN = /^[ !#-[\]-~]*$/

const UNSAFE = /[\u007f-\u009f\u2028\u2029]/
const UNSAFE_ALL = new RegExp(UNSAFE, 'g')

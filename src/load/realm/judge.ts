// Turns the export of a config into text, or reports why it is not plain data.
// In: values of the config's realm. Out: JSON.
// INVARIANT: runs inside the engine from its own source text, in a realm that
// the config cannot reach: its functions use one another and nothing from outside.

/** The members of the config's realm before the config ran. */
export interface Natives {
  readonly objectPrototype: object
  readonly errorPrototype: object
}

export interface Judge {
  /** An Answer without `stopped`; its value is the text `text`. */
  readonly toData: (value: unknown) => string
  readonly describe: (error: unknown) => string
}

/** Characters of JSON, values, levels; findings, characters in one's text. */
const LIMITS = {
  json: 16 * 2 ** 20,
  values: 250_000,
  depth: 64,
  found: 50,
  text: 500,
}

/** One export on its way to text. */
interface Writing {
  readonly limits: typeof LIMITS
  readonly objectPrototype: object
  readonly strange: { pointer: string; what: string }[]
  readonly absent: string[]
  /** The objects around the current one. */
  readonly above: unknown[]
  readonly parts: string[]
  size: number
  values: number
}

/** The source of the engine's own script. */
export const JUDGE_SOURCE = `(() => {
${[toData, visit, visitArray, visitObject, write, refuse].join('\n')}
${[describe, isError, nameOf, asText].join('\n')}
return (${makeJudge})(${JSON.stringify(LIMITS)})
})()`

function makeJudge(limits: typeof LIMITS): (natives: Natives) => Judge {
  return ({ objectPrototype, errorPrototype }) => ({
    toData: (value) => toData(value, limits, objectPrototype),
    describe: (error) => describe(error, limits.text, errorPrototype),
  })
}

function toData(
  root: unknown,
  limits: typeof LIMITS,
  objectPrototype: object,
): string {
  const writing: Writing = {
    limits,
    objectPrototype,
    strange: [],
    absent: [],
    above: [],
    parts: [],
    size: 0,
    values: 0,
  }
  if (!visit(writing, root, '')) {
    const many = writing.values > limits.values
    return JSON.stringify({ stopped: many ? 'values' : 'size' })
  }
  const { strange, absent, parts } = writing
  if (strange.length > 0) return JSON.stringify({ strange, absent })
  return `{"value":${parts.join('')},"absent":${JSON.stringify(absent)}}`
}

/** False if there is no room for more. */
function visit(to: Writing, value: unknown, pointer: string): boolean {
  if (to.values++ > to.limits.values) return false
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return refuse(to, pointer, String(value))
  }
  if (
    value === null ||
    typeof value === 'number' ||
    typeof value === 'boolean'
  ) {
    return write(to, String(Object.is(value, -0) ? 0 : value))
  }
  if (typeof value === 'string') {
    const fits = to.size + value.length <= to.limits.json
    return write(to, fits ? JSON.stringify(value) : value)
  }
  if (typeof value !== 'object') {
    const what = value === undefined ? 'undefined' : `a ${typeof value}`
    return refuse(to, pointer, what)
  }
  if (to.above.includes(value)) {
    return refuse(to, pointer, 'a circular reference')
  }
  const { depth } = to.limits
  if (to.above.length > depth) {
    return refuse(to, pointer, `nested deeper than ${depth} levels`)
  }
  to.above.push(value)
  const fits = Array.isArray(value)
    ? visitArray(to, value, pointer)
    : visitObject(to, value, pointer)
  to.above.pop()
  return fits
}

function visitArray(
  to: Writing,
  value: readonly unknown[],
  pointer: string,
): boolean {
  // A proxy can return anything here.
  const length = Number(value.length)
  if (!write(to, '[')) return false
  for (let index = 0; index < length; index++) {
    if (index > 0 && !write(to, ',')) return false
    const member = Object.getOwnPropertyDescriptor(value, index)
    const place = `${pointer}/${index}`
    const fits = member?.get
      ? refuse(to, place, 'a getter')
      : visit(to, member?.value, place)
    if (!fits) return false
  }
  return write(to, ']')
}

function visitObject(to: Writing, value: object, pointer: string): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== null && prototype !== to.objectPrototype) {
    return refuse(to, pointer, `a ${nameOf(prototype, to.limits.text)}`)
  }
  let first = true
  if (!write(to, '{')) return false
  for (const key of Reflect.ownKeys(value)) {
    const member = Object.getOwnPropertyDescriptor(value, key)
    if (typeof key === 'symbol') {
      refuse(to, pointer, 'an object with a symbol as key')
      continue
    }
    if (!member?.enumerable) continue
    const place = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
    if (!member.get && member.value === undefined) {
      if (to.absent.length < to.limits.found) to.absent.push(place)
      continue
    }
    if (!write(to, `${first ? '' : ','}${JSON.stringify(key)}:`)) return false
    first = false
    const fits = member.get
      ? refuse(to, place, 'a getter')
      : visit(to, member.value, place)
    if (!fits) return false
  }
  return write(to, '}')
}

/** False if there is no room for it. */
function write(to: Writing, text: string): boolean {
  to.size += text.length
  if (to.size <= to.limits.json) to.parts.push(text)
  return to.size <= to.limits.json
}

function refuse(to: Writing, pointer: string, what: string): boolean {
  if (to.strange.length < to.limits.found) {
    to.strange.push({ pointer: pointer.slice(0, to.limits.text), what })
  }
  return write(to, 'null')
}

function describe(
  error: unknown,
  maxText: number,
  errorPrototype: object,
): string {
  let thrown = ''
  let stack = ''
  try {
    if (isError(error, errorPrototype)) {
      const { name, message } = error
      thrown = `${asText(name, maxText)}: ${asText(message, maxText)}`
      stack = String(error.stack).slice(0, 10_000)
    }
  } catch {
    // A getter or a proxy of the config was called here already.
  }
  thrown = (thrown || asText(error, maxText)).slice(0, maxText)
  return JSON.stringify({ thrown, stack })
}

function isError(value: unknown, errorPrototype: object): value is Error {
  let left = 100
  let at: unknown = value
  while (typeof at === 'object' && at !== null && left-- > 0) {
    if (at === errorPrototype) return true
    at = Object.getPrototypeOf(at)
  }
  return false
}

/** An instance of a class that the config may have written. */
function nameOf(prototype: unknown, maxText: number): string {
  const maker = (prototype as { constructor?: unknown }).constructor
  const name = (maker as { name?: unknown } | undefined)?.name
  return typeof name === 'string' && name !== ''
    ? name.slice(0, maxText)
    : 'class instance'
}

function asText(value: unknown, maxText: number): string {
  try {
    return String(value).slice(0, maxText)
  } catch {
    return 'a value that has no text'
  }
}

// Turns the export of a config into text, or reports why it is not plain data.
// In: values of the config's realm. Out: JSON.
// INVARIANT: runs inside the engine from its own source text, in a realm that
// the config cannot reach: it uses nothing from outside.

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

/** The source of the engine's own script. */
export const JUDGE_SOURCE = `(${makeJudge})(${JSON.stringify(LIMITS)})`

function makeJudge(limits: typeof LIMITS): (natives: Natives) => Judge {
  return ({ objectPrototype, errorPrototype }) => {
    const toData = (root: unknown): string => {
      const strange: { pointer: string; what: string }[] = []
      const absent: string[] = []
      const above: unknown[] = []
      const parts: string[] = []
      let size = 0
      let values = 0
      const write = (text: string) => {
        size += text.length
        if (size <= limits.json) parts.push(text)
        return size <= limits.json
      }
      const refuse = (pointer: string, what: string): boolean => {
        if (strange.length < limits.found) {
          strange.push({ pointer: pointer.slice(0, limits.text), what })
        }
        return write('null')
      }
      /** False if there is no room for more. */
      const visit = (value: unknown, pointer: string): boolean => {
        if (values++ > limits.values) return false
        if (typeof value === 'number' && !Number.isFinite(value)) {
          return refuse(pointer, String(value))
        }
        if (
          value === null ||
          typeof value === 'number' ||
          typeof value === 'boolean'
        ) {
          return write(String(Object.is(value, -0) ? 0 : value))
        }
        if (typeof value === 'string') {
          const fits = size + value.length <= limits.json
          return fits ? write(JSON.stringify(value)) : write(value)
        }
        if (typeof value !== 'object') {
          const what = value === undefined ? 'undefined' : `a ${typeof value}`
          return refuse(pointer, what)
        }
        if (above.includes(value)) {
          return refuse(pointer, 'a circular reference')
        }
        if (above.length > limits.depth) {
          return refuse(pointer, `nested deeper than ${limits.depth} levels`)
        }
        above.push(value)
        const fits = Array.isArray(value)
          ? visitArray(value, pointer)
          : visitObject(value, pointer)
        above.pop()
        return fits
      }
      const visitArray = (
        value: readonly unknown[],
        pointer: string,
      ): boolean => {
        // A proxy can return anything here.
        const length = Number(value.length)
        if (!write('[')) return false
        for (let index = 0; index < length; index++) {
          if (index > 0 && !write(',')) return false
          const member = Object.getOwnPropertyDescriptor(value, index)
          const place = `${pointer}/${index}`
          const fits = member?.get
            ? refuse(place, 'a getter')
            : visit(member?.value, place)
          if (!fits) return false
        }
        return write(']')
      }
      const visitObject = (value: object, pointer: string): boolean => {
        const prototype: unknown = Object.getPrototypeOf(value)
        if (prototype !== null && prototype !== objectPrototype) {
          return refuse(pointer, `a ${nameOf(prototype)}`)
        }
        let first = true
        if (!write('{')) return false
        for (const key of Reflect.ownKeys(value)) {
          const member = Object.getOwnPropertyDescriptor(value, key)
          if (typeof key === 'symbol') {
            refuse(pointer, 'an object with a symbol as key')
            continue
          }
          if (!member?.enumerable) continue
          const escaped = key.replaceAll('~', '~0').replaceAll('/', '~1')
          const place = `${pointer}/${escaped}`
          if (!member.get && member.value === undefined) {
            if (absent.length < limits.found) absent.push(place)
            continue
          }
          if (!write(`${first ? '' : ','}${JSON.stringify(key)}:`)) return false
          first = false
          const fits = member.get
            ? refuse(place, 'a getter')
            : visit(member.value, place)
          if (!fits) return false
        }
        return write('}')
      }
      if (!visit(root, '')) {
        const many = values > limits.values
        return JSON.stringify({ stopped: many ? 'values' : 'size' })
      }
      if (strange.length > 0) return JSON.stringify({ strange, absent })
      return `{"value":${parts.join('')},"absent":${JSON.stringify(absent)}}`
    }

    /** An instance of a class that the config may have written. */
    const nameOf = (prototype: unknown): string => {
      const maker = (prototype as { constructor?: unknown }).constructor
      const name = (maker as { name?: unknown } | undefined)?.name
      return typeof name === 'string' && name !== ''
        ? name.slice(0, limits.text)
        : 'class instance'
    }

    const isError = (value: unknown): value is Error => {
      let left = 100
      let at: unknown = value
      while (typeof at === 'object' && at !== null && left-- > 0) {
        if (at === errorPrototype) return true
        at = Object.getPrototypeOf(at)
      }
      return false
    }

    const asText = (value: unknown): string => {
      try {
        return String(value).slice(0, limits.text)
      } catch {
        return 'a value that has no text'
      }
    }

    const describe = (error: unknown): string => {
      let thrown = ''
      let stack = ''
      try {
        const named = isError(error)
        thrown = named ? `${asText(error.name)}: ${asText(error.message)}` : ''
        stack = named ? String(error.stack).slice(0, 10_000) : ''
      } catch {
        // A getter or a proxy of the config was called here already.
      }
      thrown = (thrown || asText(error)).slice(0, limits.text)
      return JSON.stringify({ thrown, stack })
    }
    return { toData, describe }
  }
}

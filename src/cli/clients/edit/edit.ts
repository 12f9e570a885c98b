// One entry of a client's config file, put in or taken out.
// In: the text of a file, an entry. Out: the new text.
// INVARIANT: read again, the new text differs from the old one in this entry
// alone; all other characters stay as they were, or the edit is refused.

import { isDeepStrictEqual } from 'node:util'
import {
  EditFault,
  type Entry,
  type Format,
  type FormatName,
  isMap,
  type Where,
} from './format.ts'
import { jsonFormat } from './json.ts'
import { tomlFormat } from './toml.ts'
import { yamlFormat } from './yaml.ts'

const FORMATS: Readonly<Record<FormatName, Format>> = Object.freeze({
  json: jsonFormat,
  toml: tomlFormat,
  yaml: yamlFormat,
})

/** Undefined where the file has no such entry. */
export function findEntry(
  name: FormatName,
  text: string,
  where: Where,
): unknown {
  return lookUp(FORMATS[name].read(text), where)
}

export function putEntry(name: FormatName, text: string, entry: Entry): string {
  const format = FORMATS[name]
  const before = format.read(text)
  if (isDeepStrictEqual(lookUp(before, entry.where), entry.value)) return text
  const edited = format.put(text, entry)
  expectSame(withEntry(before, entry), readBack(format, edited))
  return edited
}

export function removeEntry(
  name: FormatName,
  text: string,
  where: Where,
): string {
  const format = FORMATS[name]
  const before = format.read(text)
  if (lookUp(before, where) === undefined) return text
  const edited = format.remove(text, where)
  expectSame(withoutEntry(before, where), readBack(format, edited))
  return edited
}

function readBack(format: Format, text: string): unknown {
  try {
    return format.read(text)
  } catch {
    throw new EditFault('this entry cannot be written into it safely')
  }
}

function expectSame(wanted: unknown, found: unknown): void {
  if (isDeepStrictEqual(prune(wanted), prune(found))) return
  throw new EditFault('this entry cannot be written into it safely')
}

/** An empty section and none mean the same to every client. */
function prune(value: unknown): unknown {
  if (!isMap(value)) return value ?? {}
  const members = Object.entries(value).filter(
    ([, own]) =>
      own !== null &&
      !(typeof own === 'object' && Object.keys(own).length === 0),
  )
  return Object.fromEntries(members)
}

function lookUp(root: unknown, where: Where): unknown {
  let here: unknown = root
  for (const name of where.section) {
    here = isMap(here) && Object.hasOwn(here, name) ? here[name] : undefined
  }
  if ('key' in where) {
    const { key } = where
    return isMap(here) && Object.hasOwn(here, key) ? here[key] : undefined
  }
  const { member, is } = where.item
  if (!Array.isArray(here)) return undefined
  return here.find((one) => isMap(one) && one[member] === is)
}

function withEntry(root: unknown, { where, value }: Entry): unknown {
  return change(root, where.section, (section) => {
    if ('key' in where) {
      return { ...(isMap(section) ? section : {}), [where.key]: value }
    }
    const items: unknown[] = Array.isArray(section) ? [...section] : []
    const at = items.findIndex((one) => names(one, where.item))
    if (at === -1) items.push(value)
    else items[at] = value
    return items
  })
}

function withoutEntry(root: unknown, where: Where): unknown {
  return change(root, where.section, (section) => {
    if ('key' in where) {
      const { [where.key]: _, ...rest } = isMap(section) ? section : {}
      return rest
    }
    const items: unknown[] = Array.isArray(section) ? section : []
    return items.filter((one) => !names(one, where.item))
  })
}

function names(
  one: unknown,
  { member, is }: { readonly member: string; readonly is: string },
): boolean {
  return isMap(one) && one[member] === is
}

function change(
  root: unknown,
  [name, ...rest]: readonly string[],
  edit: (section: unknown) => unknown,
): unknown {
  if (name === undefined) return edit(root)
  const members = isMap(root) ? root : {}
  return { ...members, [name]: change(members[name], rest, edit) }
}

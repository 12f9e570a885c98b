// Drafts of several files as one server each.
// In: drafts, in the order of the files. Out: servers, and what became of each.
// INVARIANT: two drafts become one server only if they reach the same program
// or address; what they say differently is a question, never a silent choice.

import type { Authored, Draft } from './draft.ts'
import { type Origin, showKeys } from './entry.ts'
import { freeName } from './names.ts'

export interface Merged {
  readonly drafts: readonly Draft[]
  /** Which server each entry of a file is now a part of. */
  readonly became: ReadonlyMap<Origin, string>
}

export function mergeDrafts(drafts: readonly Draft[]): Merged {
  const merged: Draft[] = []
  const names = new Set<string>()
  /** What two drafts of one server share → its place in `merged`. */
  const known = new Map<string, number>()
  const became = new Map<Origin, string>()
  for (const draft of drafts) {
    const signs = signsOf(draft)
    const at = signs.flatMap((sign) => known.get(sign) ?? [])[0]
    const before = at === undefined ? undefined : merged[at]
    const name = before?.name ?? freeName(draft.name, names)
    if (before && at !== undefined) merged[at] = mergeTwo(before, draft)
    else merged.push(name === draft.name ? draft : renameDraft(draft, name))
    names.add(name)
    for (const sign of signs) {
      if (!known.has(sign)) known.set(sign, at ?? merged.length - 1)
    }
    for (const origin of draft.origins) became.set(origin, name)
  }
  return { drafts: merged, became }
}

/** The same name, with the same target or at least the same program or host;
 * under any name, the same of everything. */
function signsOf({ name, server }: Draft): readonly string[] {
  const target = `${server.type}\0${targetOf(server)}`
  const all = MEMBERS.map((key) => JSON.stringify(server[key]) ?? '')
  return [
    `named\0${name}\0${target}`,
    `equal\0${target}\0${all.join('\0')}`,
    `alike\0${name}\0${server.type}\0${kindOf(server)}`,
  ]
}

const MEMBERS = ['args', 'env', 'headers', 'cwd', 'auth'] as const

function renameDraft(draft: Draft, name: string): Draft {
  const { type, title = draft.name, ...members } = draft.server
  const text = `another server has the name ${draft.name}: what is this one called?`
  const questions = addQuestion(draft.questions, '', text)
  return { ...draft, name, questions, server: { type, title, ...members } }
}

/** All that says what runs, without versions. */
function targetOf({ type, url, command, args = [] }: Authored): string {
  if (type === 'http') return bareUrl(url)
  const words = (args as readonly unknown[]).map((arg) =>
    typeof arg === 'string' ? bareOf(arg) : JSON.stringify(arg),
  )
  return [command, ...words.filter((word) => !/^-y$|^--yes$/.test(word))].join(
    '\0',
  )
}

/** The host, or the program with its first word that is no flag. */
function kindOf({ type, url, command, args = [] }: Authored): string {
  if (type === 'http') {
    const text = typeof url === 'string' ? url : JSON.stringify(url)
    return /https?:\/\/[^/?#"]+/.exec(text)?.[0] ?? text
  }
  const words = (args as readonly unknown[]).filter(
    (arg): arg is string => typeof arg === 'string',
  )
  const [first = ''] = words.filter((word) => !/^-|^run$/.test(word))
  return `${command}\0${bareOf(first)}`
}

/** A slash at the end makes no difference that a server would show. */
function bareUrl(url: unknown): string {
  return JSON.stringify(url).replace(/\/"$/, '"')
}

function bareOf(word: string): string {
  return word.replace(/(?<=[\w])(?:@[\w.^~-]+|==[\w.]+)$/, '')
}

function mergeTwo(one: Draft, other: Draft): Draft {
  const questions = new Map(one.questions)
  const join = (
    from: Draft['questions'],
    into: Map<string, readonly string[]>,
  ) => {
    for (const [about, texts] of from) {
      into.set(about, [...new Set([...(into.get(about) ?? []), ...texts])])
    }
  }
  join(other.questions, questions)
  const remarks = new Map(one.remarks)
  join(other.remarks, remarks)
  const server: Record<string, unknown> = { ...one.server }
  for (const [key, value] of Object.entries(other.server)) {
    const differs = mergeMember(server, key, value)
    if (differs) {
      const [{ file, path }] = other.origins as readonly [Origin]
      const text = `${file}, ${showKeys(path)}, has another value of ${differs}: which one is right?`
      questions.set(key, [...(questions.get(key) ?? []), text])
    }
  }
  // Disabled in one client only: somebody uses it.
  if (one.server.disabled !== other.server.disabled) delete server.disabled
  const description = one.description ?? other.description
  const { allow: own, deny: denied, ...rest } = one
  const allow = uniteLists(own, other.allow)
  const deny = uniteLists(denied, other.deny)
  if (!isSameList(own, other.allow) || !isSameList(denied, other.deny)) {
    const text =
      'its files list different tools, and all lists are kept: who may call which?'
    questions.set('', [...(questions.get('') ?? []), text])
  }
  return {
    ...rest,
    server,
    questions,
    remarks,
    origins: [...one.origins, ...other.origins],
    dropped: [...one.dropped, ...other.dropped],
    ...(description !== undefined && { description }),
    ...(allow && { allow }),
    ...(deny && { deny }),
  }
}

/** What one file denies stays denied, and what one names stays named. */
function uniteLists(
  one: readonly string[] | undefined,
  other: readonly string[] | undefined,
): readonly string[] | undefined {
  if (!one || !other) return one ?? other
  return [...new Set([...one, ...other])]
}

function isSameList(
  one: readonly string[] = [],
  other: readonly string[] = [],
): boolean {
  return [...one].sort().join('\0') === [...other].sort().join('\0')
}

/** Adds what is missing; returns the key that has another value. */
function mergeMember(
  server: Record<string, unknown>,
  key: string,
  value: unknown,
): string | undefined {
  const before = server[key]
  if (before === undefined) {
    if (key !== 'disabled') server[key] = value
    return undefined
  }
  if (JSON.stringify(before) === JSON.stringify(value)) return undefined
  if (key === 'title' || key === 'disabled') return undefined
  if (key === 'url' && bareUrl(before) === bareUrl(value)) return undefined
  if (key !== 'env' && key !== 'headers') return key
  const [own, theirs] = [Object(before), Object(value)] as readonly Authored[]
  server[key] = { ...own, ...theirs, ...own }
  const different = Object.keys(theirs ?? {}).find(
    (name) =>
      own?.[name] !== undefined &&
      JSON.stringify(own[name]) !== JSON.stringify(theirs?.[name]),
  )
  return different === undefined ? undefined : `${key}.${different}`
}

function addQuestion(
  questions: Draft['questions'],
  about: string,
  text: string,
) {
  return new Map([
    ...questions,
    [about, [...(questions.get(about) ?? []), text]],
  ])
}

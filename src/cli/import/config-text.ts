// The config that an import writes: servers, starter roles, one team.
// In: merged drafts. Out: the source, and the same config as plain data.
// INVARIANT: what the source exports is the plain data; a comment that begins
// with QUESTION stands where a person must decide.

import type { Authored, Draft } from './draft.ts'
import { type Origin, showKeys } from './entry.ts'
import {
  type Code,
  call,
  type Item,
  list,
  object,
  writeCode,
  writeComment,
  writeText,
} from './source-text.ts'
import type { Variables } from './variables.ts'

/** What a starter role allows of a server whose tools nobody named. */
export const STARTERS = Object.freeze({
  all: ['*'],
  read: ['get_*', 'list_*', 'read_*', 'search_*'],
} as const)

export type Starter = keyof typeof STARTERS

export interface ConfigText {
  readonly text: string
  readonly authored: Authored
}

export function writeConfig(
  drafts: readonly Draft[],
  variables: Variables,
  starter: Starter,
): ConfigText {
  const authored = toAuthored(drafts, starter)
  const sections = object([
    {
      key: 'servers',
      code: object(
        drafts.map((draft, at) => itemOfServer(draft, at, variables)),
      ),
    },
    ...itemsOfPolicy(drafts, authored, starter),
  ])
  const body = writeCode(
    call('defineGateway', sections),
    0,
    'export default '.length,
  )
  const used = HELPERS.filter(
    (name) =>
      new RegExp(`[ ([]${name}\\(`).test(body) || name === 'defineGateway',
  )
  const names = object(used.map((name) => ({ code: name })))
  const imports = `import ${writeCode(names, 0, "import  from 'portcullis'".length)} from 'portcullis'\n`
  const head = HEAD.map((line) => writeComment(line, 0)).join('')
  const files = [
    ...new Set(
      drafts.flatMap(({ origins }) =>
        origins.map(({ file, form }) => `${file} (${form})`),
      ),
    ),
  ]
  const from =
    files.length === 0
      ? ''
      : writeComment(`Imported from: ${files.join(', ')}.`, 0)
  return {
    text: `${head}${from}${imports}\nexport default ${body}\n`,
    authored,
  }
}

const HEAD = [
  'This file is the whole gateway: who may call which tool of which server, how often, and what is recorded. `gateway check` checks it offline.',
  'A QUESTION stands where the imported files do not say enough: decide, then remove the line.',
]

/** What `portcullis` exports and this may call, in the order of an import. */
const HELPERS = [
  'basic',
  'bearer',
  'defineGateway',
  'http',
  'join',
  'oauth',
  'scheme',
  'secret',
  'stdio',
]

function toAuthored(drafts: readonly Draft[], starter: Starter): Authored {
  const servers = Object.fromEntries(
    drafts.map(({ name, server }) => [name, server]),
  )
  const roles = Object.fromEntries(
    drafts.map((draft) => [draft.name, roleOf(draft, starter)]),
  )
  if (drafts.length === 0) return { servers }
  const names = drafts.map(({ name }) => name)
  return { servers, roles, teams: { everyone: { roles: names } } }
}

function roleOf({ name, allow, deny }: Draft, starter: Starter) {
  return {
    allow: { [name]: allow ?? STARTERS[starter] },
    ...(deny && { deny: { [name]: deny } }),
  }
}

function itemsOfPolicy(
  drafts: readonly Draft[],
  { roles, teams }: Authored,
  starter: Starter,
): readonly Item[] {
  if (!roles) return []
  const own = drafts.map((draft): Item => {
    const comments =
      draft.allow || draft.deny ? ['The tools that its files name.'] : []
    return { key: draft.name, comments, code: codeOf(roleOf(draft, starter)) }
  })
  const open = drafts.some(({ allow }) => !allow)
  return [
    {
      apart: true,
      comments: [
        'A starter role for each server. What no role allows is refused; deny wins over allow. In a pattern, * stands for any number of characters.',
        ...(open
          ? [
              starter === 'all'
                ? "QUESTION: '*' allows every tool, as the client did: which tools are needed? `gateway lock` lists them."
                : 'QUESTION: which tools are needed? `gateway lock` lists them; these patterns only follow the names that readers often have.',
            ]
          : []),
      ],
      key: 'roles',
      code: object(own),
    },
    {
      apart: true,
      comments: [
        'A token has the roles of its team: gateway token issue --subject you --team everyone',
      ],
      key: 'teams',
      code: codeOf(teams),
    },
  ]
}

function itemOfServer(draft: Draft, at: number, variables: Variables): Item {
  const { name, server, origins, description } = draft
  const { type, ...members } = server
  const items = Object.entries(members).map(([key, value]): Item => {
    const comments = commentsOf(draft, key, variables)
    return {
      key,
      comments,
      code: key === 'auth' ? signIn(Object(value)) : codeOf(value),
    }
  })
  const shown = new Set(['', ...Object.keys(members)])
  const others = [...draft.questions.keys()].filter((key) => !shown.has(key))
  const comments = [
    ...(description === undefined ? [] : [description]),
    `From ${origins.map(describeOrigin).join('; ')}.`,
    ...commentsOf(draft, '', variables),
    ...others.flatMap((key) => commentsOf(draft, key, variables)),
  ]
  return {
    key: name,
    comments,
    code: call(String(type), object(items)),
    apart: at > 0,
  }
}

export function describeOrigin({ file, path }: Origin): string {
  return path === '' ? file : `${file}, ${showKeys(path)}`
}

function commentsOf(
  { remarks, questions }: Draft,
  key: string,
  variables: Variables,
): readonly string[] {
  const told = [
    ...(remarks.get(key) ?? []).map(
      (text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`,
    ),
    ...(questions.get(key) ?? []).map((text) => `QUESTION: ${text}`),
  ]
  return told.filter((text) => !variables.isIn(text))
}

function signIn({ type, ...auth }: Authored): Code {
  return call(String(type), codeOf(auth) as Code)
}

/** References are calls; everything else is as JSON has it. */
function codeOf(value: unknown): Code {
  if (typeof value === 'string') return writeText(value)
  if (Array.isArray(value)) return list(value.map(codeOf))
  if (typeof value !== 'object' || value === null) return String(value)
  const members = value as Authored
  const [key, ...others] = Object.keys(members)
  if (others.length === 0 && key !== undefined) {
    const inner = members[key]
    const reference = codeOfReference(key, inner)
    if (reference) return reference
  }
  return object(
    Object.entries(members).map(([name, one]) => ({
      key: name,
      code: codeOf(one),
    })),
  )
}

function codeOfReference(key: string, inner: unknown): Code | undefined {
  if (
    (key === 'secret' || key === 'bearer') &&
    typeof inner === 'string' &&
    /^(?:env|file):/.test(inner)
  ) {
    return call(key, writeText(inner))
  }
  if (key === 'join' && Array.isArray(inner))
    return call('join', ...inner.map(codeOf))
  const { user, name, secret, ...rest } = Object(inner) as Authored
  const isPair = typeof secret === 'string' && Object.keys(rest).length === 0
  if (key === 'basic' && isPair && user !== undefined)
    return call('basic', writeText(String(user)), writeText(secret))
  if (key === 'scheme' && isPair && name !== undefined)
    return call('scheme', writeText(String(name)), writeText(secret))
  return undefined
}

// What `connect CLIENT` prints.
// In: a client, what was written, what was seen. Out: text, or JSON.
// INVARIANT: the token is in neither.

import { count } from '../../diagnostics/report.ts'
import {
  type Hole,
  json,
  type Plain,
  plainLines,
  type Shown,
  verbatim,
  whole,
} from '../../diagnostics/shown.ts'
import type {
  ConnectClientDocument,
  ConnectUndoDocument,
} from '../documents/running.ts'
import { type Client, VARIABLE } from './client.ts'
import type { Look } from './look.ts'
import { describePlace } from './place.ts'
import { fillIn, PLACEHOLDER, writeSnippet } from './snippet.ts'
import type { Undone, Written } from './write.ts'

export interface Connected {
  readonly client: Client
  readonly url: string
  /** Undefined: it is printed. */
  readonly file: (Written & { readonly path: string }) | undefined
  /** Undefined: not tested. */
  readonly seen: Look | undefined
}

/** Before the test. */
export function renderSetup(told: Omit<Connected, 'seen'>): Plain {
  const { client, file } = told
  const blocks = [
    file ? describeWritten(client, file) : describeSnippet(told),
    describeToken(client, file !== undefined),
    client.notes ?? [],
  ]
  const lines = blocks
    .filter((block) => block.length > 0)
    .flatMap((block, at) => (at === 0 ? block : ['', ...block]))
  return plainLines(lines)
}

export function renderLook(
  { client, url }: Pick<Connected, 'client' | 'url'>,
  seen: Look,
  gateway = 'gateway',
): Plain {
  const lines = describeLook({ client, url }, seen, gateway)
  const next =
    'fault' in seen || seen.tools === 0
      ? []
      : [
          '',
          'Next, with the token on stdin:',
          `  ${gateway} whoami --gateway ${url}    # what it may call`,
          `  ${gateway} call SERVER/TOOL --gateway ${url}`,
        ]
  return plainLines(['', ...lines, ...next])
}

export function renderConnectedJson(told: Connected): Shown {
  const { client, url, file, seen } = told
  const filled = fillIn(client, url)
  const shortcuts = (client.shortcuts ?? []).map(({ kind, write }) => ({
    kind,
    text: write(filled),
  }))
  const object: ConnectClientDocument = {
    client: client.name,
    title: client.title,
    url,
    token: client.token,
    snippet: writeSnippet(client, filled),
    shortcuts,
    file: file ?? null,
    test: seen ?? null,
  }
  return json(object, 2)
}

export function renderUndone(
  client: Client,
  path: string,
  undone: Undone,
  form: 'human' | 'json',
): Shown {
  if (form === 'json') {
    const object: ConnectUndoDocument = { client: client.name, path, ...undone }
    return json(object, 2)
  }
  const { did } = undone
  if (did === 'restored') {
    return plainLines([`${path} is again as it was before the gateway`])
  }
  return plainLines(UNDONE[did](path))
}

const UNDONE = {
  nothing: (path: string) => [`${path} has no gateway; nothing was changed`],
  removed: (path: string) => [`the gateway is out of ${path}`],
  deleted: (path: string) => [`${path} held nothing else, and is deleted`],
  refused: (path: string) => [
    `${path} has a server named gateway that is not ours; it was not changed`,
    'help: --replace takes it out all the same',
  ],
} as const

/** A link of base64 looks like a credential; it has none. */
export function describeSnippet({
  client,
  url,
}: Pick<Connected, 'client' | 'url'>): readonly Hole[] {
  const { title, paste, shortcuts = [] } = client
  const filled = fillIn(client, url)
  const place = describePlace(client)
  const into = paste?.into ?? place ?? 'the file that it reads'
  return [
    `${title}: ${into}`,
    '',
    ...writeSnippet(client, filled).split('\n').map(whole),
    ...shortcuts.flatMap(({ kind, write }) => [
      '',
      kind === 'link' ? 'Or open this link:' : 'Or run:',
      verbatim(`  ${write(filled)}`),
    ]),
  ]
}

function describeWritten(
  { title }: Client,
  file: Written & { readonly path: string },
): readonly string[] {
  const { path, did } = file
  if (did === 'refused') {
    return [
      `${path} has another server named gateway; it was not changed`,
      'help: --replace writes over it; the file as it was is kept beside it',
    ]
  }
  if (did === 'nothing') return [`${path} has this already`]
  if (did === 'created') return [`wrote ${path} for ${title}`]
  return [`wrote the gateway into ${path}`, `as it was: ${file.backup ?? ''}`]
}

function describeToken(
  { token, title, variable }: Client,
  isWritten: boolean,
): readonly string[] {
  if (token === 'asked')
    return [`${title} asks for the token once, and keeps it.`]
  if (token === 'variable') {
    const how = variable === undefined ? '' : ` (${variable})`
    return [
      `The token is not in it${how}: ${VARIABLE} must be in the environment of ${title}.`,
    ]
  }
  if (isWritten) {
    return [
      `The token is in this file: only you can read it, and git must not have it.`,
    ]
  }
  return [
    `Put the token in place of ${PLACEHOLDER}: ${title} cannot be told where it is.`,
    'It is then in that file: nobody else may read it, and git must not have it.',
  ]
}

function describeLook(
  { client, url }: Pick<Connected, 'client' | 'url'>,
  seen: Look,
  gateway: string,
): readonly string[] {
  if ('fault' in seen) {
    const { what, help } = seen.fault
    return [
      `Tested as ${client.title} would: ${url}`,
      `  ${what}`,
      `  help: ${help}`,
    ]
  }
  const { who, tools, remarks, signIns } = seen
  const whom = who ? ` as ${who.subject}` : ''
  const servers = who ? ` of ${count(who.servers.length, 'server')}` : ''
  return [
    `Tested as ${client.title} would: ${url}`,
    `  connected${whom}: ${count(tools, 'tool')}${servers}`,
    ...describeUnlisted(who?.unlisted ?? []),
    ...(tools === 0 ? [NOTHING] : []),
    ...remarks.map((remark) => `  ${remark}`),
    ...signIns.map(
      (name) => `  sign in to ${name} first: ${gateway} connect ${name}`,
    ),
  ]
}

function describeUnlisted(names: readonly string[]): readonly string[] {
  if (names.length === 0) return []
  return [`  no tools yet of ${names.join(', ')}: starting, down or disabled`]
}

const NOTHING =
  '  no tool: its servers are not up, or its roles allow none; `gateway whoami` says more'

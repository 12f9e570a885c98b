// The recipes of docs/cookbook.md, and a folder in which one can be tried.
// In: the page. Out: for each recipe its config, its commands, its folder.
// INVARIANT: only addresses of servers and of the folder differ from the page,
// so every line of the config keeps its number.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { root } from './gateway.ts'
import { lockText } from './lock.ts'
import { readSteps, type Step } from './month/document.ts'
import { makeFolder } from './process.ts'
import { json, startRawServer } from './raw-server.ts'

export interface Recipe {
  readonly title: string
  readonly text: string
  readonly config: string
  readonly steps: readonly Step[]
}

export const CONFIG_FILE = 'gateway.config.ts'

const FILES_SERVER = join(
  root,
  'node_modules/@modelcontextprotocol/server-filesystem/dist/index.js',
)

/** What the page says of servers with a sign-in: they are locked. */
const LOCKED = ['tracker', 'tracker-bots']

const TICKETS = { get_ticket: {}, list_tickets: {}, create_ticket: {} }

export function readRecipes(page: string): readonly Recipe[] {
  return page
    .split(/^## (?=\d+\. )/m)
    .slice(1)
    .map((text) => {
      const [, config = ''] = /^```ts\n([\s\S]*?)^```$/m.exec(text) ?? []
      const title = text.slice(0, text.indexOf('\n'))
      return { title, text, config, steps: readSteps(`## ${text}`) }
    })
}

/** As it is written, with the lock that the page asks for. */
export function writeRecipe(t: Test, { config }: Recipe): string {
  const signedIn = config.includes('oauth({')
  const lock = Object.fromEntries(LOCKED.map((name) => [name, TICKETS]))
  return makeFolder(t, {
    [CONFIG_FILE]: config,
    ...(signedIn && { 'gateway.lock.json': lockText(lock) }),
  })
}

/** With servers that answer here: those over HTTP have `tools`, the one of
 * files is the real one, with `/srv/docs` inside of the folder. */
export async function tryRecipe(
  t: Test,
  recipe: Recipe,
  tools: readonly string[],
): Promise<string> {
  const folder = writeRecipe(t, recipe)
  const docs = join(folder, 'srv/docs')
  for (const name of ['public/faq.md', 'private/pay.md']) {
    mkdirSync(join(docs, name, '..'), { recursive: true })
    writeFileSync(join(docs, name), 'Ask us.\n')
  }
  const { url } = await startRawServer(
    t,
    Object.fromEntries(tools.map((name) => [name, answer])),
  )
  const config = recipe.config
    .replaceAll(/(?<=url: ['`])https:[^'`]+/g, url)
    .replace("command: 'npx'", `command: '${process.execPath}'`)
    .replace(/'-y', '@model[^']+'/, `'${FILES_SERVER}'`)
    .replaceAll('/srv/docs', docs)
  writeFileSync(join(folder, CONFIG_FILE), config)
  return folder
}

type Answer = Parameters<typeof startRawServer>[1][string]

const answer: Answer = ({ id }, response) =>
  json(response, { id, result: { content: [{ type: 'text', text: 'done' }] } })

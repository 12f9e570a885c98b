// The recipes of docs/cookbook.md, and a folder in which one can be tried.
// In: the page. Out: for each recipe its config, its commands, its folder.
// INVARIANT: only addresses of servers and of the folder differ from the page,
// so every line of the config keeps its number.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { lockOffer } from '../../src/table/lock.ts'
import { root } from './gateway.ts'
import { readSteps, type Step } from './month/document.ts'
import { startPeers } from './oauth/scene.ts'
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

const TICKETS = ['get_ticket', 'list_tickets', 'create_ticket']

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
export function writeRecipe(t: Test, recipe: Recipe): string {
  const file = { 'gateway.lock.json': `${JSON.stringify(LOCK, null, 2)}\n` }
  const { config } = recipe
  return makeFolder(t, {
    [CONFIG_FILE]: config,
    ...(isSignedIn(recipe) && file),
  })
}

function isSignedIn({ config }: Recipe): boolean {
  return config.includes('oauth({')
}

/** What `startRawServer` offers. */
const OFFER = lockOffer({
  protocolVersion: '2025-11-25',
  serverInfo: { name: 'raw', version: '1' },
  tools: TICKETS.map((name) => ({ name, inputSchema: { type: 'object' } })),
  prompts: [],
  resourceTemplates: [],
})

const LOCK = {
  formatVersion: 1,
  servers: Object.fromEntries(LOCKED.map((name) => [name, OFFER])),
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
  const names = isSignedIn(recipe) ? TICKETS : tools
  const offer = Object.fromEntries(names.map((name) => [name, answer]))
  const { url, issuer } = await startServer(t, recipe, offer)
  const config = recipe.config
    .replace('https://id.example.com', issuer)
    .replace("id: 'gateway'", "id: 'gw'")
    .replaceAll(/(?<=url: ['`])https:[^'`]+/g, url)
    .replace("command: 'npx'", `command: '${process.execPath}'`)
    .replace(/'-y', '@model[^']+'/, `'${FILES_SERVER}'`)
    .replaceAll('/srv/docs', docs)
  writeFileSync(join(folder, CONFIG_FILE), config)
  return folder
}

/** Behind a sign-in, where the recipe says so: then also its issuer. */
async function startServer(
  t: Test,
  recipe: Recipe,
  offer: Parameters<typeof startRawServer>[1],
): Promise<{ readonly url: string; readonly issuer: string }> {
  const start = () => startRawServer(t, offer)
  if (!isSignedIn(recipe)) {
    return { url: (await start()).url, issuer: 'https://id.example.com' }
  }
  const inner = async () => ({ ...(await start()), close: async () => {} })
  const { as, ledger } = await startPeers(t, inner)
  return { url: ledger.url, issuer: as.issuer }
}

type Answer = Parameters<typeof startRawServer>[1][string]

const answer: Answer = ({ id }, response) =>
  json(response, { id, result: { content: [{ type: 'text', text: 'done' }] } })

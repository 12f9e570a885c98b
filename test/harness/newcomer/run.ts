// From an empty folder to a governed call, as the outputs and the README say.
// In: how to install, and what of the five files of clients. Out: counts, and
// each stumble.
// INVARIANT: between two commands nothing is done but to write a value into
// .env and to copy what was printed.

import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { root } from '../gateway.ts'
import type { Owner } from '../process.ts'
import { connect } from '../served.ts'
import { openSession, type Session, type Shell } from './session.ts'

export interface Newcomer {
  readonly home: string
  /** An empty folder. */
  readonly folder: string
}

export interface Trial {
  readonly commands: readonly string[]
  readonly calls: readonly string[]
  readonly tools: number
  readonly stumbles: readonly string[]
  readonly printed: readonly string[]
}

export interface Wishes {
  /** Files of clients, below the home. */
  readonly files: Readonly<Record<string, string>>
  /** Name and value of the one secret. */
  readonly secret: readonly [string, string]
  /** SERVER/TOOL without arguments. */
  readonly tool: string
  /** How the package comes into the folder; already there without. */
  readonly install?: string
  readonly shell?: Shell
  readonly env?: Readonly<Record<string, string>>
  /** Where the usual ports are not free: what the newcomer writes. */
  readonly edit?: (config: string) => string
}

/** A home with the files of its clients, beside an empty folder. */
export function makeNewcomer(
  owner: Owner,
  writeFiles: (home: string) => Wishes['files'],
): Newcomer & Pick<Wishes, 'files'> {
  const top = mkdtempSync(join(tmpdir(), 'newcomer-'))
  owner.teardown(() => rmSync(top, { recursive: true, force: true }))
  const [home, folder] = [join(top, 'home'), join(top, 'gateway')]
  mkdirSync(join(home, 'notes'), { recursive: true })
  mkdirSync(folder)
  const files = writeFiles(home)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(home, name)), { recursive: true })
    writeFileSync(join(home, name), text)
  }
  return { home, folder, files }
}

export async function runNewcomer(
  owner: Owner,
  { home, folder }: Newcomer,
  wishes: Wishes,
): Promise<Trial> {
  const session = openSession(owner, {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: home, ...wishes.env },
    readme: readFileSync(join(root, 'README.md'), 'utf8'),
    shell: wishes.shell ?? ((words) => words),
  })
  const { install } = wishes
  if (install !== undefined) {
    await session.type({ command: install, named: 'npm install' })
  }
  await serveImported(session, { home, folder }, wishes)
  const { token, url } = await connectCursor(session)
  const calls = [
    await session.type({
      command: `npx gateway call ${wishes.tool} --gateway ${url}`,
      named: `npx gateway call SERVER/TOOL --gateway ${url}`,
      input: token,
    }),
  ]
  const seen = await useAsCursor(owner, home, token, wishes.tool)
  return {
    commands: session.commands,
    calls: [...calls, seen.said].map((one) => one.trim()).filter(Boolean),
    tools: seen.tools,
    stumbles: [...session.stumbles(), ...seen.stumbles],
    printed: session.printed,
  }
}

async function serveImported(
  session: Session,
  { home, folder }: Newcomer,
  { files, secret: [name, value], edit }: Wishes,
): Promise<void> {
  const paths = Object.keys(files).map((file) => join(home, file))
  await session.type({
    command: `npx gateway import ${paths.join(' ')}`,
    named: 'npx gateway import',
  })
  const values = join(folder, '.env')
  const before = readFileSync(values, 'utf8')
  writeFileSync(values, before.replace(`${name}=`, `${name}=${value}`))
  if (edit) {
    const config = join(folder, 'gateway.config.ts')
    writeFileSync(config, edit(readFileSync(config, 'utf8')))
  }
  await session.type({
    command: 'npx gateway check',
    named: 'npx gateway check',
  })
  await session.type({
    command: 'npx gateway serve --dev --secrets .env',
    named: 'npx gateway serve --dev --secrets .env',
    until: /^Endpoint .*\n[\s\S]*\n\}\n/m,
  })
}

async function connectCursor(session: Session) {
  const issued = await session.type({
    command: 'npx gateway token issue --subject ada --team everyone',
    named: 'npx gateway token issue --subject NAME --team everyone',
  })
  const [token = ''] = /^gwt_\w+/m.exec(issued) ?? []
  const connected = await session.type({
    command: 'npx gateway connect cursor --write',
    named: 'npx gateway connect CLIENT --write',
    input: token,
  })
  const [, url = ''] = / --gateway (\S+)/.exec(connected) ?? []
  return { token, url }
}

/** An SDK client with the entry that the client's own file now has. */
async function useAsCursor(
  owner: Owner,
  home: string,
  token: string,
  tool: string,
) {
  const text = readFileSync(join(home, '.cursor/mcp.json'), 'utf8')
  const { url, headers } = JSON.parse(text).mcpServers.gateway
  const sent = String(headers.Authorization).replace(/^Bearer /, '')
  // As Cursor fills it in, with the token in its environment.
  const filled = sent.replace('$' + '{env:GATEWAY_TOKEN}', token)
  const client = await connect(owner, 'sdk 1.x', url, filled)
  const tools = await client.names()
  const said = await client.call(tool.replace('/', '__'))
  const stumbles = tools.length === 0 ? ['the SDK client lists 0 tools'] : []
  return { said, tools: tools.length, stumbles }
}

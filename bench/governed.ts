// The config of the gateway that is measured: roles, tokens, a limit that is
// charged, an audit with keyed digests of arguments.
// In: a Setup. Out: its folder's files, and the tokens.
// INVARIANT: what a call costs is what the defaults make it cost; the caps are
// raised only where a case needs more at once.

import { createHash, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { compile } from '../src/compile.ts'
import type { Artefact } from '../src/contract/table.ts'
import { buildArtefact } from '../src/table/build.ts'
import { formatToken } from '../src/table/token.ts'

/** A token of each calls sessions, the newer era, a child, or lists. */
export type Role = 'legacy' | 'modern' | 'stdio' | 'list'

export interface Setup {
  readonly folder: string
  /** Of the upstream. */
  readonly legacy: number
  readonly modern: number
  /** Of the role `modern`; default: one. */
  readonly tokens?: number
  /** Of the server `modern`, with a number each; default: one for each form of
   * answer. */
  readonly tools?: number
  /** All that the role `modern` may call; only the first is called. */
  readonly servers?: number
  /** Servers of fifty tools for the role `list`. */
  readonly lists?: number
  /** Whether there is a server over stdio. */
  readonly stdio?: boolean
  /** Open streams at once; their sessions need forty tokens of `legacy`. */
  readonly streams?: number
}

export type Tokens = Readonly<Record<Role, readonly string[]>>

/** Tokens that are compiled; a config holds 16 MiB, so the records of more join
 * its table. */
const COMPILED = 1_000

/** Tokens that the parent gets; more would only fill the channel. */
const GIVEN = 256

/** A token may have 256 sessions. */
const SESSIONS_EACH = 250

/** Of a server that is listed, and never called. */
const TOOLS_EACH = 5

interface Issued {
  readonly role: Role
  readonly id: string
  readonly token: string
  readonly sha256: string
  readonly record: object
}

export class Governed {
  readonly tokens: Tokens
  readonly #setup: Setup
  readonly #issued: readonly Issued[]
  readonly #now = Date.now()

  constructor(setup: Setup) {
    this.#setup = setup
    const { tokens = 1, streams = 0 } = setup
    const counts: Readonly<Record<Role, number>> = {
      legacy: Math.max(1, Math.ceil(streams / SESSIONS_EACH)),
      modern: tokens,
      stdio: 1,
      list: 1,
    }
    const roles = Object.entries(counts) as [Role, number][]
    this.#issued = roles.flatMap(([role, count]) =>
      Array.from({ length: count }, () => this.#issue(role)),
    )
    const of = (role: Role) =>
      spread(this.#issued.filter((one) => one.role === role)).map(
        ({ token }) => token,
      )
    this.tokens = {
      legacy: of('legacy'),
      modern: of('modern'),
      stdio: of('stdio'),
      list: of('list'),
    }
  }

  #issue(role: Role): Issued {
    const id = randomBytes(6).toString('hex')
    const token = formatToken(id, randomBytes(32))
    const sha256 = createHash('sha256').update(token).digest('hex')
    const record = {
      subject: role,
      roles: [role],
      sha256,
      created: new Date(this.#now - 1_000).toISOString(),
      expires: new Date(this.#now + 86_400_000).toISOString(),
    }
    return { role, id, token, sha256, record }
  }

  /** `perSecond`: of a limit that no load reaches; another number makes another
   * table. */
  async compile(perSecond = 1_000_000): Promise<Artefact> {
    const { folder } = this.#setup
    const config = JSON.stringify(this.#configure(perSecond))
    writeFileSync(join(folder, 'gateway.config.json'), config)
    const options = { cwd: folder, now: this.#now, places: 'always' } as const
    const { artefact, diagnostics } = await compile(options)
    if (!artefact) {
      throw new Error(JSON.stringify(diagnostics.slice(0, 9), null, 2))
    }
    return this.#addTokens(artefact)
  }

  #addTokens(artefact: Artefact): Artefact {
    const rest = this.#issued.slice(COMPILED)
    if (rest.length === 0) return artefact
    const { table, places, definitions } = artefact
    const tokens = { ...table.tokens }
    const [first] = this.#issued
    const like = tokens[first?.id ?? '']
    if (!like) throw new Error('no token was compiled')
    for (const { id, role, sha256 } of rest) {
      tokens[id] = { ...like, id, subject: role, roles: [role], sha256 }
    }
    return { ...buildArtefact({ ...table, tokens, definitions }), places }
  }

  #configure(perSecond: number): object {
    const { legacy, modern, tools, servers = 1, lists = 0 } = this.#setup
    const listed = nameAll('list', lists)
    const others = nameAll('other', servers - 1)
    const own = tools === undefined ? '/mcp' : `/tools/${tools}`
    const many = (names: readonly string[], each: number) =>
      names.map((name, at) => [name, reach(modern, `/tools/${each}/${at}`)])
    return {
      servers: {
        legacy: reach(legacy, '/mcp'),
        modern: reach(modern, own),
        ...(this.#setup.stdio && { stdio: CHILD }),
        ...Object.fromEntries(many(listed, 50)),
        ...Object.fromEntries(many(others, TOOLS_EACH)),
      },
      roles: {
        legacy: { allow: allow(['legacy']) },
        modern: { allow: allow(['modern', ...others]) },
        stdio: { allow: allow(this.#setup.stdio ? ['stdio'] : []) },
        list: { allow: allow(listed) },
      },
      limits: {
        'bench-each': {
          on: allow([
            'legacy',
            'modern',
            ...(this.#setup.stdio ? ['stdio'] : []),
          ]),
          calls: perSecond,
          per: 'second',
          each: 'token',
        },
      },
      ...this.#raiseCaps(),
      // One file, whose lines the bench counts.
      audit: { rotate: { size: '64GiB', every: '7d' } },
      tokens: {
        grants: Object.fromEntries(
          this.#issued.slice(0, COMPILED).map(({ id, record }) => [id, record]),
        ),
      },
    }
  }

  #raiseCaps(): object {
    const { streams } = this.#setup
    if (streams === undefined) return {}
    return { caps: { streams: SESSIONS_EACH, connections: streams + 1_000 } }
  }
}

// As many in flight as the others have; the rest would wait.
const WIDE = { concurrency: 256, queue: 256 }

function reach(port: number, path: string): object {
  return { type: 'http', url: `http://127.0.0.1:${port}${path}`, ...WIDE }
}

const CHILD = {
  type: 'stdio',
  command: process.execPath,
  args: [join(import.meta.dirname, 'processes/child.js')],
  ...WIDE,
}

function allow(names: readonly string[]): object {
  return Object.fromEntries(names.map((name) => [name, ['*']]))
}

function nameAll(name: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => `${name}-${at}`)
}

/** Some of them, from the first to the last. */
function spread<Item>(items: readonly Item[]): readonly Item[] {
  const step = Math.max(1, items.length / GIVEN)
  const count = Math.min(GIVEN, items.length)
  return Array.from(
    { length: count },
    (_, at) => items[Math.floor(at * step)] as Item,
  )
}

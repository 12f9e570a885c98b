// `gateway token inspect`: the data of a token, without sending it anywhere.
// In: a token on stdin or in a file, or a subject; the config. Out: checksum,
// record, state, and its access.
// INVARIANT: offline; the secret is never printed, nor read from argv.

import { createHash, timingSafeEqual } from 'node:crypto'
import type { RoutingTable, TokenRecord } from '../../../contract/table.ts'
import { formatInstant } from '../../../diagnostics/instants.ts'
import { json, plain, plainLines } from '../../../diagnostics/shown.ts'
import { suggestHelp } from '../../../diagnostics/suggest.ts'
import { Unanswerable } from '../../../diagnostics/unanswerable.ts'
import { endOf } from '../../../table/life.ts'
import { readTokenId } from '../../../table/token.ts'
import { measureReach, stateOf } from '../../../table/token-state.ts'
import { compileConfig, describeFindings } from '../../compiled.ts'
import type { InspectedToken } from '../../documents/running.ts'
import { formOption } from '../../reports.ts'
import { loadRevocations } from '../../revoked.ts'
import { say } from '../../say.ts'
import { readToken } from '../../token-input.ts'
import {
  type ConfigOptions,
  configOptions,
  type Io,
  type Verb,
} from '../../verb.ts'

interface InspectOptions extends ConfigOptions {
  readonly subject?: string
  readonly report: 'human' | 'json'
}

export const inspect: Verb<InspectOptions> = {
  name: 'inspect',
  summary: 'print what a token is and what it may do, offline',
  schemas: ['token-inspect'],
  help: {
    reads:
      'the token from stdin or a file; the config, what it imports and the ' +
      'tokens file; gateway.revoked if it exists here',
    writes: 'nothing',
    contacts: 'nothing',
    exits: [
      'the token is valid now; with --subject, at least one is',
      'the token is malformed, unknown here, expired, revoked or not yet valid',
      'wrong usage, no token, no config, or a config with errors',
    ],
    examples: [
      'gateway token inspect < token',
      'gateway token inspect token.txt',
      'gateway token inspect --subject alice',
    ],
  },
  configure(command) {
    configOptions(
      command.argument('[file]', 'file that holds the token (default: stdin)'),
    ).option('--subject <name>', 'inspect every token of this subject')
    formOption(command, ['human', 'json'])
  },
  async run([file], options, io) {
    if (options.subject !== undefined) {
      if (file !== undefined) throw new Unanswerable('a file or --subject')
      return inspectSubject(options.subject, options, io)
    }
    const token = await readToken(file, io)
    const id = readTokenId(token)
    if (id === undefined) {
      write(MALFORMED, options, io)
      return 1
    }
    const compiled = await compileConfig(options, io)
    if (!compiled.artefact) {
      // The part that needs no config.
      write({ checksum: 'right', id, state: null }, options, io)
      say(io.stderr, describeFindings(compiled, io).text)
      return 2
    }
    const { table } = compiled.artefact
    const record = findRecord(token, id, table)
    if (typeof record === 'string') {
      write({ checksum: 'right', id, state: record }, options, io)
      return 1
    }
    const revocations = loadRevocations(compiled.root, table.revoked)
    const state = stateOf(record, table, io.now(), revocations)
    write({ checksum: 'right', ...describe(record, table, state) }, options, io)
    return state === 'active' ? 0 : 1
  },
}

const MALFORMED = Object.freeze({
  checksum: 'wrong',
  id: null,
  state: 'malformed',
})

async function inspectSubject(
  subject: string,
  options: InspectOptions,
  io: Io,
): Promise<number> {
  const compiled = await compileConfig(options, io)
  if (!compiled.artefact) {
    say(io.stderr, describeFindings(compiled, io).text)
    return 2
  }
  const { table } = compiled.artefact
  const all = Object.values(table.tokens)
  const own = all.filter((token) => token.subject === subject)
  if (own.length === 0) {
    const help = suggestHelp(
      subject,
      all.map((token) => token.subject),
    )
    say(io.stderr, plain`no token of subject \`${subject}\`\n`)
    say(io.stderr, plain`help: ${help}\n`)
    return 1
  }
  const revocations = loadRevocations(compiled.root, table.revoked)
  const told = own.map((token) =>
    describe(token, table, stateOf(token, table, io.now(), revocations)),
  )
  if (options.report === 'json') write(told, options, io)
  else {
    for (const [at, one] of told.entries()) {
      if (at > 0) say(io.stdout, plain`\n`)
      write(one, options, io)
    }
  }
  return told.some(({ state }) => state === 'active') ? 0 : 1
}

/** The record, if the whole token is the issued one. */
function findRecord(
  token: string,
  id: string,
  { tokens }: RoutingTable,
): TokenRecord | string {
  const record = Object.hasOwn(tokens, id) ? tokens[id] : undefined
  if (!record) return 'there is no record of this id'
  const hash = createHash('sha256').update(token).digest()
  const same = timingSafeEqual(hash, Buffer.from(record.sha256, 'hex'))
  return same ? record : 'the record of this id belongs to another token'
}

function describe(
  record: TokenRecord,
  table: RoutingTable,
  state: string,
): InspectedToken {
  const { id, subject, kind, team, roles, created, reason, replaces } = record
  const { tools, patterns } = measureReach(table)(record)
  const instant = (at: number | null) =>
    at === null ? null : formatInstant(at)
  return {
    id,
    state,
    subject,
    kind,
    team,
    roles,
    created: formatInstant(created),
    notBefore: instant(record.notBefore),
    expires: formatInstant(endOf(record, table.maxAge)),
    revoked: instant(record.revoked),
    replaces,
    reason,
    tools,
    /** For servers without a lock. */
    patterns,
  }
}

function write(
  told: InspectedToken | readonly InspectedToken[],
  { report }: InspectOptions,
  io: Io,
): void {
  if (report === 'json') {
    say(io.stdout, json(told, 2))
    return
  }
  for (const [key, value] of Object.entries(told)) {
    const values = [value].flat().filter((one) => one !== null)
    if (values.length === 0) continue
    const shown = values.map((one, index) => {
      const label = index === 0 ? key : ''
      return `${label.padEnd(10)}${String(one)}`
    })
    say(io.stdout, plainLines(shown))
  }
}

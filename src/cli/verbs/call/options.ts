// The options of `gateway call`, and its arguments for the tool.
// In: flags. Out: a JSON text.
// INVARIANT: a JSON text is passed on as it was written.

import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Kind } from '../../../contract/table.ts'
import { plain } from '../../../diagnostics/shown.ts'
import { Unanswerable } from '../../../diagnostics/unanswerable.ts'
import { parseJson } from '../../../load/json.ts'
import { readGiven } from '../../files.ts'
import type { TokenOptions } from '../../token-input.ts'
import type { ConfigOptions, Io } from '../../verb.ts'

export interface CallOptions extends ConfigOptions, TokenOptions {
  readonly gateway?: string
  readonly secrets?: string
  readonly args?: string
  readonly arg?: readonly string[]
  readonly kind: Kind
  readonly report: 'human' | 'json'
}

/** A JSON object; undefined without any. */
export async function readArgs(
  { args, arg = [], gateway, tokenFile, tokenEnv }: CallOptions,
  io: Io,
): Promise<string | undefined> {
  const isToken =
    gateway !== undefined &&
    tokenEnv === undefined &&
    (tokenFile === undefined || tokenFile === '-')
  if (args === '-' && isToken) {
    throw new Unanswerable(
      'stdin has the token: give it with --token-file or --token-env, or --args @FILE',
    )
  }
  const written = args === undefined ? undefined : await readText(args, io)
  const members = arg.map(readMember)
  if (members.length === 0) return written
  const own = written === undefined ? '' : written.trim().slice(1, -1).trim()
  const all = [...(own === '' ? [] : [own]), ...members].join(',')
  return mustParse(`{${all}}`)
}

async function readText(args: string, io: Io): Promise<string> {
  if (args === '-') return mustParse(await text(io.stdin))
  if (!args.startsWith('@')) return mustParse(args)
  return mustParse(readGiven(resolve(io.cwd, args.slice(1))))
}

/** `name=text`, or `name:=json`. */
function readMember(written: string): string {
  const [, name, colon, value = ''] = /^([^=]+?)(:?)=(.*)$/s.exec(written) ?? []
  if (name === undefined) {
    throw new Unanswerable(
      plain`--arg ${written} has neither the form name=text nor name:=json`,
    )
  }
  const given = colon === ':' ? value : JSON.stringify(value)
  return `${JSON.stringify(name)}:${given}`
}

/** The gateway refuses a duplicate key too. */
function mustParse(written: string): string {
  const { faults, value } = parseJson(written)
  const [fault] = faults
  if (fault) throw new Unanswerable(plain`--args is not JSON: ${fault.message}`)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return written.trim()
  }
  throw new Unanswerable('--args is not a JSON object')
}

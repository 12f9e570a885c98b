// `gateway audit verify`: whether the trail is complete and unchanged.
// In: the config's audit files and key, or files by name. Out: a verdict.
// INVARIANT: only reads; names the first faulty record, and reports what it
// could not check.

import { resolve } from 'node:path'
import { InvalidArgumentError } from 'commander'
import { count } from '../../../diagnostics/report.ts'
import { json } from '../../../diagnostics/shown.ts'
import { Unanswerable } from '../../../diagnostics/unanswerable.ts'
import { guessOwnFiles } from '../../../link/own-files.ts'
import {
  NO_SEAL,
  openPublicSeal,
  openSeal,
  readPublic,
  type Seal,
} from '../../../runtime/audit/signature.ts'
import { readKey } from '../../../runtime/base/key.ts'
import { openFiles, openTrail, readHeadLine } from '../../../trail/open.ts'
import { verifyTrail } from '../../../trail/verify.ts'
import { compileConfig, tellErrors } from '../../compiled.ts'
import type { AuditVerifyDocument } from '../../documents/running.ts'
import { readGiven } from '../../files.ts'
import { withProgress } from '../../progress.ts'
import { renderVerdict } from '../../render/verify.ts'
import { reportOption, type Target, writeReports } from '../../reports.ts'
import {
  type ConfigOptions,
  configOptions,
  type Io,
  type Verb,
} from '../../verb.ts'

interface VerifyOptions extends ConfigOptions {
  readonly key?: string
  readonly public?: string
  readonly head?: string
  readonly from?: number
  readonly report?: readonly Target<'human' | 'json'>[]
}

export const verify: Verb<VerifyOptions> = {
  name: 'verify',
  summary: 'check that the audit trail is intact, or name the first bad record',
  schemas: ['audit-verify'],
  help: {
    reads:
      'the audit files, plain or .gz, their head file and the key file that ' +
      'the config names; or the files given',
    writes: 'nothing',
    contacts: 'nothing',
    exits: [
      'every record is unchanged, and none is missing',
      'a record was changed, removed, inserted or moved, or the end is missing, ' +
        'or no file contains the beginning and --from does not allow that',
      'wrong usage, no audit file, or a file that cannot be read or is not a trail',
    ],
    examples: [
      'gateway audit verify',
      'gateway audit verify --key gateway.key audit/*.jsonl',
      'gateway audit verify --public audit.pub audit/*.jsonl',
    ],
  },
  configure(command) {
    configOptions(command)
      .argument('[files...]', "audit files (default: the config's)")
      .option('--key <file>', "the gateway's key file (default: the config's)")
      .option(
        '--public <key>',
        'the public key in place of the key file, or a file that contains it: `gateway audit key` prints it',
      )
      .option(
        '--head <file>',
        'a copy of the head file that was kept elsewhere',
      )
      .option(
        '--from <seq>',
        'the first record, where earlier files are kept elsewhere',
        readSeq,
      )
    reportOption(command, ['human', 'json'])
  },
  async run(paths, options, io) {
    const own = paths.length === 0 || options.config !== undefined
    const known = own ? await findTrail(options, io) : undefined
    // Files that may be missing come first: the trail keeps a file open.
    const seal = findSeal(options, known?.key, io)
    const { head } = options
    const given = head === undefined ? undefined : mustHead(head, io)
    const opened =
      paths.length > 0
        ? await openFiles(paths.map((path) => resolve(io.cwd, path)))
        : await openTrail(known?.file ?? '')
    const trail = given ? { ...opened, head: given } : opened
    const verdict = await withProgress(
      `verifying ${count(trail.files.length, 'audit file')}`,
      io,
      () => verifyTrail(trail, seal, options.from).catch(refuse),
    )
    const render = (form: 'human' | 'json') =>
      form === 'json'
        ? json(verdict satisfies AuditVerifyDocument, 2)
        : renderVerdict(verdict, io.cwd)
    const said = verdict.partial
      ? 'the audit trail is intact, but its beginning is not in these files'
      : verdict.fault
        ? 'the audit trail is not intact'
        : 'the audit trail is intact'
    const sources = trail.files.map(({ path }) => path)
    writeReports(options.report, { render, verdict: said, sources }, io)
    return verdict.fault ? 1 : 0
  },
}

function readSeq(text: string): number {
  if (/^[1-9]\d{0,15}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('write a whole number from 1')
}

/** Absolute. Works for a config with errors too. */
export async function findTrail(
  options: ConfigOptions,
  io: Io,
): Promise<{ readonly file: string; readonly key: string }> {
  const { artefact, root, config, authored } = await compileConfig(options, io)
  if (config === undefined) {
    throw new Unanswerable(
      'no config found here (GW1001): give --cwd or --config, or name files',
    )
  }
  const { audit, key } = artefact?.table ?? guessOwnFiles(authored)
  if (!artefact)
    tellErrors('using the path that it names, or the default path', io)
  return { file: resolve(root, audit.file), key: resolve(root, key) }
}

/** Absent: only hashes can be verified. A key that is named must exist. */
function findSeal(
  { key, public: other }: VerifyOptions,
  usual: string | undefined,
  io: Io,
): Seal {
  if (other !== undefined) {
    if (key !== undefined) throw new Unanswerable('choose --key or --public')
    return openPublicSeal(mustPublic(other, io))
  }
  const path = key === undefined ? usual : resolve(io.cwd, key)
  if (path === undefined) return NO_SEAL
  try {
    return openSeal(readKey(path))
  } catch (error) {
    if (key === undefined) return NO_SEAL
    const { message } = error as Error
    throw new Unanswerable(`the key cannot be read: ${message}`)
  }
}

function mustPublic(given: string, io: Io) {
  const isKey = given.startsWith('ed25519:')
  const key = readPublic(isKey ? given : readGiven(resolve(io.cwd, given)))
  if (key) return key
  const what = isKey ? given : `${given} holds what`
  throw new Unanswerable(
    `${what} is not a public key as \`gateway audit key\` prints it`,
  )
}

/** A running gateway may have deleted a listed file, as `keep` requires. */
function refuse(error: NodeJS.ErrnoException): never {
  const { code = '' } = error
  if (code.startsWith('Z_')) {
    throw new Unanswerable(`a .gz file cannot be unpacked: ${error.message}`)
  }
  if (code !== 'ENOENT') throw error
  throw new Unanswerable(
    `${error.message}; it was deleted meanwhile, try again`,
  )
}

function mustHead(path: string, io: Io) {
  const head = readHeadLine(resolve(io.cwd, path))
  if (head) return head
  throw new Unanswerable(`${path} contains no checkpoint of a trail`)
}

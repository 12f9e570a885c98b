// `gateway audit key`: the public key for verifying the audit.
// In: the key file of the config. Out: one line.
// INVARIANT: nothing secret is printed: with this line one can verify a trail,
// but not write one.

import { resolve } from 'node:path'
import { json, plain, whole } from '../../../diagnostics/shown.ts'
import { Unanswerable } from '../../../diagnostics/unanswerable.ts'
import { formatPublic } from '../../../runtime/audit/signature.ts'
import { readKey } from '../../../runtime/base/key.ts'
import type { AuditKeyDocument } from '../../documents/running.ts'
import { formOption } from '../../reports.ts'
import { say } from '../../say.ts'
import { type ConfigOptions, configOptions, type Verb } from '../../verb.ts'
import { findTrail } from './verify.ts'

interface KeyOptions extends ConfigOptions {
  readonly key?: string
  readonly report: 'human' | 'json'
}

export const key: Verb<KeyOptions> = {
  name: 'key',
  summary: 'print the public key that verifies the audit trail',
  schemas: ['audit-key'],
  help: {
    reads: 'the key file that the config names, or --key',
    writes: 'nothing',
    contacts: 'nothing',
    exits: [
      'the public key is on stdout',
      'never',
      'wrong usage, no config, or no key file: the first `serve` creates it',
    ],
    examples: ['gateway audit key > audit.pub'],
  },
  configure(command) {
    configOptions(command).option(
      '--key <file>',
      "the gateway's key file (default: the config's)",
    )
    formOption(command, ['human', 'json'])
  },
  async run(_args, options, io) {
    const path =
      options.key === undefined
        ? (await findTrail(options, io)).key
        : resolve(io.cwd, options.key)
    const publicKey = formatPublic(mustRead(path))
    const object: AuditKeyDocument = {
      formatVersion: 1,
      command: 'audit key',
      publicKey,
    }
    const isJson = options.report === 'json'
    say(io.stdout, isJson ? json(object) : plain`${whole(publicKey)}\n`)
    return 0
  },
}

function mustRead(path: string): Buffer {
  try {
    return readKey(path)
  } catch (error) {
    const { message } = error as Error
    throw new Unanswerable(`the key cannot be read: ${message}`)
  }
}

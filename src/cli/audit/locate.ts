// Finds the audit.
// In: --file, or the config. Out: the live file's path.
// INVARIANT: works for a config with errors too.

import { resolve } from 'node:path'
import type { Command } from 'commander'
import { Unanswerable } from '../../diagnostics/unanswerable.ts'
import { guessOwnFiles } from '../../link/own-files.ts'
import { compileConfig, tellErrors } from '../compiled.ts'
import { type ConfigOptions, configOptions, type Io } from '../verb.ts'

export interface TrailOptions extends ConfigOptions {
  readonly file?: string
}

export function trailOptions(command: Command): Command {
  return configOptions(command).option(
    '--file <file>',
    'the live audit file; rotated ones are found beside it ' +
      '(default: from the config)',
  )
}

/** Absolute. */
export async function locateTrail(
  { file, ...options }: TrailOptions,
  io: Io,
): Promise<string> {
  if (file !== undefined) return resolve(io.cwd, options.cwd ?? '.', file)
  const { artefact, authored, root, config } = await compileConfig(options, io)
  if (config === undefined) {
    throw new Unanswerable(
      'no config found here (GW1001): give --cwd or --config, or --file',
    )
  }
  if (artefact) return resolve(root, artefact.table.audit.file)
  const path = resolve(root, guessOwnFiles(authored).audit.file)
  tellErrors(`reading ${path}`, io)
  return path
}

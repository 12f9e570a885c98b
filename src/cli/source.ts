// The source of the tables for `serve`: the compiler, or a compiled file.
// In: arguments and an Io. Out: a Source that can be read again and again.
// INVARIANT: the compiler is not loaded to serve a compiled table.

import { dirname, resolve } from 'node:path'
import type { Artefact } from '../contract/table.ts'
import { type Plain, plain, plainLines } from '../diagnostics/shown.ts'
import { Unanswerable } from '../diagnostics/unanswerable.ts'
import { readRegularText } from '../regular.ts'
import { consistent } from '../table/consistent.ts'
import type { ConfigOptions, Io } from './verb.ts'

/** One result. Without an artefact, `report` and `exit` explain why. */
export interface Reading {
  readonly artefact: Artefact | undefined
  /** Absolute folder to which the table's paths are relative. */
  readonly root: string
  /** Absolute; the files to watch. */
  readonly files: readonly string[]
  /** For a person: findings, rendered. */
  readonly report: Plain
  /** The same for the audit, one line for each. */
  readonly findings: readonly string[]
  readonly exit: 0 | 1 | 2
}

export interface Source {
  read(): Promise<Reading>
}

export function openSource(
  table: string | undefined,
  options: ConfigOptions,
  io: Io,
): Source {
  if (table === undefined) return { read: () => compileTable(options, io) }
  const file = resolve(io.cwd, table)
  if (/\.[cm]?[jt]s$/.test(table)) {
    throw new Unanswerable(
      `${table} is not a compiled table: use --config ${table}`,
    )
  }
  return { read: () => readTable(file) }
}

async function compileTable(options: ConfigOptions, io: Io): Promise<Reading> {
  const { compileSource } = await import('./compiled-source.ts')
  return compileSource(options, io)
}

/** The file contains the definitions of every tool. */
const TABLE_BYTES = 256 * 2 ** 20

async function readTable(file: string): Promise<Reading> {
  const base = { root: dirname(file), files: [file] }
  const fail = (findings: readonly string[]): Reading => {
    const report = plainLines(findings.map((line) => `${file}: ${line}`))
    return { ...base, artefact: undefined, report, findings, exit: 1 }
  }
  let value: unknown
  try {
    value = JSON.parse(readRegularText(file, TABLE_BYTES))
  } catch (error) {
    const unreadable = (error as NodeJS.ErrnoException).code !== undefined
    const reading = fail([(error as Error).message])
    return unreadable ? { ...reading, exit: 2 } : reading
  }
  const faults = consistent(value)
  if (faults.length > 0) return fail(faults)
  const artefact = value as Artefact
  return { ...base, artefact, report: plain``, findings: [], exit: 0 }
}

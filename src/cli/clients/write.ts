// Writes the entry of the gateway into a client's file, and takes it out again.
// In: a path, entries. Out: what happened to the file.
// INVARIANT: the file as it was is beside it before it changes; a file that
// cannot be read or edited safely stays as it is.

import {
  existsSync,
  lstatSync,
  mkdirSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { plain } from '../../diagnostics/shown.ts'
import { Unanswerable } from '../../diagnostics/unanswerable.ts'
import { readRegularText } from '../../regular.ts'
import { writeFiles } from '../files.ts'
import { VARIABLE } from './client.ts'
import { findEntry, putEntry, removeEntry } from './edit/edit.ts'
import { EditFault, type Entry, type FormatName, isMap } from './edit/format.ts'

export interface Target {
  readonly path: string
  readonly format: FormatName
  readonly entries: readonly Entry[]
}

export type Written =
  | { readonly did: 'nothing' }
  | {
      /** What happened to the file. */
      readonly did: 'created' | 'changed'
      /** Path of the file as it was before the gateway; absent if there was
       * none. */
      readonly backup?: string
    }
  /** Somebody else's entry has the name. */
  | { readonly did: 'refused' }

export type Undone =
  | {
      /** `removed`: the entry is out of the file; `deleted`: the file held
       * nothing else; `refused`: `connect` did not write the entry. */
      readonly did: 'nothing' | 'removed' | 'deleted' | 'refused'
    }
  | {
      readonly did: 'restored'
      /** Path of the copy that was put back, and is deleted. */
      readonly backup: string
    }

const BACKUP = '.before-gateway'

/** A link may come with somebody's repository, and lead to any file. */
function nameBackup(path: string): string {
  const backup = path + BACKUP
  const status = lstatSync(backup, { throwIfNoEntry: false })
  if (!status || status.isFile()) return backup
  throw new Unanswerable(
    plain`${backup} is not a regular file: move it away; nothing was changed`,
  )
}

interface Wanted {
  /** The token itself is in it. */
  readonly isSecret: boolean
  /** Also an entry that leads to another place. */
  readonly replace: boolean
}

export function writeInto(target: Target, wanted: Wanted): Written {
  const { path, entries } = target
  const before = readText(path)
  return guard(path, () => {
    if (!wanted.replace && isForeign(target, before ?? '')) {
      return { did: 'refused' }
    }
    const text = put(target, before ?? '')
    const isOpen = wanted.isSecret && modeOf(path) !== 0o600
    if (before === undefined) {
      mkdirSync(dirname(path), { recursive: true })
      writeFiles([{ path, name: path, text, mode: modeFor(wanted, path) }])
      return { did: 'created' }
    }
    if (text === before && !isOpen) return { did: 'nothing' }
    const backup = nameBackup(path)
    // The first one shows the file without the gateway.
    const [own] = entries
    const isFirst =
      !own || findEntry(target.format, before, own.where) === undefined
    const keeps = !isFirst && existsSync(backup)
    const mode = modeFor(wanted, path)
    writeFiles([
      ...(keeps
        ? []
        : [{ path: backup, name: backup, text: before, mode: 0o600 }]),
      { path, name: path, text, mode },
    ])
    return { did: 'changed', backup }
  })
}

/** `force`: also an entry that `connect` did not write. */
export function takeOut(target: Target, force: boolean): Undone {
  const { path, format, entries } = target
  const now = readText(path)
  if (now === undefined) return { did: 'nothing' }
  return guard(path, () => {
    const there = entries.map(({ where }) => findEntry(format, now, where))
    if (there.every((one) => one === undefined)) return { did: 'nothing' }
    if (!force && !isOwn(there[0])) return { did: 'refused' }
    const backup = nameBackup(path)
    const before = readText(backup)
    if (before !== undefined && isWrittenOver(target, before, now, there)) {
      writeFiles([{ path, name: path, text: before }])
      rmSync(backup)
      return { did: 'restored', backup }
    }
    const isOurs = before === undefined && isWrittenOver(target, '', now, there)
    if (isOurs) {
      rmSync(realpathSync(path))
      return { did: 'deleted' }
    }
    const rest = entries.reduce(
      (text, { where }) => removeEntry(format, text, where),
      now,
    )
    const kept = { path: backup, name: backup, text: now, mode: 0o600 }
    const files = before === undefined ? [kept] : []
    writeFiles([...files, { path, name: path, text: rest }])
    return { did: 'removed' }
  })
}

function put({ format, entries }: Target, text: string): string {
  return entries.reduce((own, entry) => putEntry(format, own, entry), text)
}

/** Whether nothing else has happened to the file since. */
function isWrittenOver(
  { format, entries }: Target,
  before: string,
  now: string,
  there: readonly unknown[],
): boolean {
  const same = entries.flatMap(({ where }, at) =>
    there[at] === undefined ? [] : [{ where, value: there[at] }],
  )
  try {
    return same.reduce((own, one) => putEntry(format, own, one), before) === now
  } catch (error) {
    if (error instanceof EditFault) return false
    throw error
  }
}

/** Clients add members to an entry, but keep how it names the token. */
function isOwn(there: unknown): boolean {
  const written = JSON.stringify(there ?? null)
  return there === undefined || MARKS.test(written)
}

const MARKS = new RegExp(`${VARIABLE}|gateway-token|\\bgwt_[a-z0-9]{12}_`)

/** Has its key, but leads to another address. */
function isForeign({ format, entries }: Target, text: string): boolean {
  const [own] = entries
  const there = own && findEntry(format, text, own.where)
  if (there === undefined || !own) return false
  return !isDeepStrictEqual(listUrls(there), listUrls(own.value))
}

function listUrls(value: unknown): readonly string[] {
  if (typeof value === 'string') {
    return /^https?:\/\//.test(value) ? [value] : []
  }
  if (Array.isArray(value)) return value.flatMap(listUrls)
  return isMap(value) ? Object.values(value).flatMap(listUrls) : []
}

function readText(path: string): string | undefined {
  if (!existsSync(path)) {
    // A link to nothing would be replaced by a file.
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined)
      return undefined
    throw new Unanswerable(plain`${path} is a link, and leads to nothing`)
  }
  try {
    const text = readRegularText(path)
    if (!text.includes('\uFFFD')) return text
  } catch (error) {
    throw new Unanswerable((error as Error).message)
  }
  throw new Unanswerable(plain`${path} is not UTF-8; it was not changed`)
}

function modeOf(path: string): number | undefined {
  const status = statSync(path, { throwIfNoEntry: false })
  return status && process.platform !== 'win32' ? status.mode & 0o777 : 0o600
}

/** Undefined: as it is. */
function modeFor({ isSecret }: Wanted, path: string): number | undefined {
  if (isSecret) return 0o600
  return existsSync(path) ? undefined : 0o600
}

function guard<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof EditFault)) throw error
    throw new Unanswerable(
      plain`${path} was not changed: ${error.message}\nhelp: add the entry by hand; \`gateway connect CLIENT\` without --write prints it`,
    )
  }
}

// The import of one file of the field, as its owner would do it.
// In: the name of a file, its places. Out: a folder with a config, and what
// differs from the row.
// INVARIANT: nothing is asked of a server.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../gateway.ts'
import type { Row } from './row.ts'

export const field = join(root, 'test/fixtures/field')

export const nameFiles = (): readonly string[] => readdirSync(field).sort()

export interface Places {
  readonly home: string
  readonly folder: string
  readonly tracker: string
}

export function fillIn(
  text: string,
  { home, folder, tracker }: Places,
): string {
  return text
    .replaceAll('@HOME@', home)
    .replaceAll('@FOLDER@', folder)
    .replaceAll('@TRACKER@', tracker)
}

/** Writes the file where it will be imported. */
export function layFile(name: string, places: Places): string {
  mkdirSync(places.folder, { recursive: true })
  const text = readFileSync(join(field, name), 'utf8')
  const path = join(places.folder, name)
  writeFileSync(path, fillIn(text, places))
  return path
}

export interface ImportReport {
  readonly servers: readonly {
    readonly name: string
    readonly disabled: boolean
  }[]
  readonly entries: readonly {
    readonly name: string
    readonly server: string | null
    readonly path: string
  }[]
  readonly dropped: readonly {
    readonly path: string
    readonly key: string
    readonly why: string
  }[]
  readonly variables: readonly { readonly name: string }[]
}

/** Where the report is not what the row says. */
export function judgeImport(report: ImportReport, row: Row): readonly string[] {
  const faults: string[] = []
  const left = new Map(report.servers.map((one) => [one.name, one]))
  for (const [name, server] of Object.entries(row.servers)) {
    const found = left.get(name)
    left.delete(name)
    if ('dropped' in server) {
      const entry = report.entries.find((one) => one.name === name)
      const told = report.dropped.some(
        ({ path, key, why }) =>
          path === entry?.path && key === '' && server.dropped.test(why),
      )
      if (found || !told) faults.push(`${name} is not dropped for its reason`)
    } else if (!found) {
      faults.push(`${name} is lost`)
    } else if (found.disabled !== 'disabled' in server) {
      faults.push(`${name} is disabled: ${found.disabled}`)
    }
  }
  for (const name of left.keys()) faults.push(`${name} is in no row`)
  const asked = report.variables.map(({ name }) => name).sort()
  const wanted = Object.keys(row.secrets).sort()
  if (asked.join() !== wanted.join()) {
    faults.push(`it asks for ${asked.join()}, not for ${wanted.join()}`)
  }
  return faults
}

// The package as npm would publish it, from what is built here.
// In: an owner. Out: the tarball, and what npm says of it.

import { join } from 'node:path'
import { makeFolder, root } from '../gateway.ts'
import type { Owner } from '../process.ts'
import { demand, runTool } from './render.ts'

export interface Packed {
  readonly tarball: string
  /** Bytes. */
  readonly size: number
  readonly unpackedSize: number
  readonly files: readonly { readonly path: string }[]
}

export function packHere(t: Owner): Packed {
  const folder = makeFolder(t)
  const flags = ['--ignore-scripts', '--json', '--pack-destination', folder]
  const [said] = JSON.parse(demand(runTool('npm', ['pack', ...flags], root)))
  return { ...said, tarball: join(folder, said.filename) }
}

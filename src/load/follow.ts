// Where a path leads, link by link.
// In: an absolute path whose folder is real. Out: the real path and its kind.
// INVARIANT: it depends on the project's files alone: a link that dangles, leaves
// the project, or passes through a folder that may come and go is refused.

import { lstatSync, readlinkSync, type Stats } from 'node:fs'
import { dirname, isAbsolute, join, parse, sep } from 'node:path'
import { Refusal } from './refusal.ts'

export interface Found {
  readonly path: string
  readonly kind: 'file' | 'folder'
}

const MAX_LINKS = 40

/** Undefined where nothing is; whatever is no folder counts as a file. */
export function follow(
  path: string,
  isAllowed: (path: string) => boolean,
  shown: string,
): Found | undefined {
  const { root } = parse(path)
  const left = path.slice(root.length).split(sep).filter(Boolean).reverse()
  let at = root
  let links = 0
  /** Names that no link has put there: the last of what is left. */
  let own = Number.POSITIVE_INFINITY
  let isFolder = true
  for (let name = left.pop(); name !== undefined; name = left.pop()) {
    if (name === '..') {
      at = dirname(at)
      continue
    }
    const next = join(at, name)
    const status: Stats | undefined = isFolder
      ? lstatSync(next, { throwIfNoEntry: false })
      : undefined
    if (!status) {
      // Of a folder that a link leads to, a file may be missing.
      if (left.length >= own)
        throw refuse('GW1003', `${shown} is a link whose target does not exist`)
      return undefined
    }
    if (status.isSymbolicLink()) {
      if (++links > MAX_LINKS) {
        throw refuse('GW1003', `${shown} is a link to itself`)
      }
      own = Math.min(own, left.length)
      left.push(...readSteps(at, next, isAllowed, shown).reverse())
      continue
    }
    at = next
    isFolder = status.isDirectory()
  }
  if (links > 0 && !isAllowed(at)) throw refuseOut(shown)
  return { path: at, kind: isFolder ? 'folder' : 'file' }
}

/** What a link says, step by step: up within the project, and then down. */
function readSteps(
  folder: string,
  link: string,
  isAllowed: (path: string) => boolean,
  shown: string,
): string[] {
  const target = readlinkSync(link)
  const steps = target.split(/[\\/]/).filter((one) => one !== '' && one !== '.')
  const up = steps.findIndex((one) => one !== '..')
  const down = up === -1 ? [] : steps.slice(up)
  const isPlain = !isAbsolute(target) && !down.includes('..')
  if (!isPlain || !isAllowed(link)) throw refuseOut(shown)
  let top = folder
  for (let step = 0; step < steps.length - down.length; step++) {
    top = dirname(top)
  }
  if (!isAllowed(join(top, ...down))) throw refuseOut(shown)
  // Out of the project and in again names a folder that only this machine has.
  if (!isAllowed(join(top, '_'))) throw refuseOut(shown)
  return steps
}

function refuse(code: 'GW1003' | 'GW1011', message: string): Refusal {
  const help = 'put the file itself there: a review shows only the link'
  return new Refusal(code, message, help)
}

function refuseOut(shown: string): Refusal {
  const what = `${shown} uses a link that is not relative or leaves the repository`
  return refuse('GW1011', what)
}

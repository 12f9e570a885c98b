// Resolves the links of a path, one by one.
// In: an absolute path whose folder is real. Out: the real path and its kind.
// INVARIANT: the result depends only on the project's files: a broken link, one
// out of the project, or one through a folder outside is refused.

import { lstatSync, readlinkSync, type Stats } from 'node:fs'
import { dirname, isAbsolute, join, parse, sep } from 'node:path'
import { Refusal } from './refusal.ts'

export interface Found {
  readonly path: string
  readonly kind: 'file' | 'folder'
}

const MAX_LINKS = 40

/** Undefined if nothing is there; what is no folder counts as a file. */
export function follow(
  path: string,
  isAllowed: (path: string) => boolean,
  shown: string,
): Found | undefined {
  const { root } = parse(path)
  const left = path.slice(root.length).split(sep).filter(Boolean).reverse()
  let at = root
  let links = 0
  /** Path segments that come from no link: the last of the rest. */
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
      // A file in a linked folder may be missing.
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

/** Follows a link's target step by step: up within the project, then down. */
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
  // A target that leaves the project and returns depends on this machine.
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

// The stack of a bug, with the places that our sources have.
// In: a stack of dist/run. Out: the same text with places in src.
// INVARIANT: never throws; a place without a source map stays as it is.

import { SourceMap, type SourceMapPayload } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readRegularText } from '../regular.ts'

/** Of the largest source map, at most. */
const MAP_BYTES = 16 * 2 ** 20

/** Only maps that the build made are read. */
const RUN = new URL('../../run/', import.meta.url).href

const PLACE = /(file:\/\/\S+\/dist\/run\/[\w-]+\.js):(\d+):(\d+)/g

export function placeStack(stack: string): string {
  return stack.replace(PLACE, (place, address, line, column) => {
    if (!address.startsWith(RUN)) return place
    try {
      return findSource(address, Number(line), Number(column)) ?? place
    } catch {
      return place
    }
  })
}

/** The lines and columns of a stack begin with 1, those of a map with 0. */
function findSource(address: string, line: number, column: number) {
  const text = readRegularText(`${fileURLToPath(address)}.map`, MAP_BYTES)
  const map = new SourceMap(JSON.parse(text) as SourceMapPayload)
  const entry = map.findEntry(line - 1, column - 1)
  if (!('originalSource' in entry)) return undefined
  const source = join('dist/run', entry.originalSource)
  return `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`
}

// Text that only one message has, so that each of its bytes can be checked.
// In: a name, a length. Out: the text; the same for the same name.

import { createCipheriv, createHash } from 'node:crypto'

export function writeStream(name: string, length: number): string {
  const key = createHash('sha256').update(name).digest()
  const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16))
  const bytes = cipher.update(Buffer.alloc(Math.ceil((length * 3) / 4) + 3))
  return bytes.toString('base64').slice(0, length)
}

/** Where two texts differ first; undefined where they are the same. */
export function findDifference(got: string, wanted: string) {
  if (got === wanted) return undefined
  let at = 0
  while (at < got.length && got[at] === wanted[at]) at++
  const shown = JSON.stringify(got.slice(at, at + 40))
  return `${got.length} of ${wanted.length} bytes, from ${at} on ${shown}`
}

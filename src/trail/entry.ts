// How every record begins.
// In: a line. Out: its place in the chain, and its notice if it is one.
// INVARIANT: reads the writer's own order of members and no other, so that no
// other reading of a line is possible; most lines are never parsed.

export interface Entry {
  readonly seq: number
  readonly prevHash: string
  readonly notice: string | undefined
}

const BEGIN =
  /^\{"ts":"[-:.\dTZ]{24}","seq":([1-9]\d{0,15}),"prevHash":"([0-9a-f]{64})","event":"(?:notice","notice":"(\w+)"|\w+",)/

/** Longer than any beginning. */
const MAX = 256

export function readEntry(line: Buffer): Entry | undefined {
  const match = BEGIN.exec(line.toString('latin1', 0, MAX))
  if (!match) return undefined
  const [, seq, prevHash = '', notice] = match
  return { seq: Number(seq), prevHash, notice }
}

// The beginning of every record.
// In: a line. Out: its number in the chain, and its notice if it is one.
// INVARIANT: accepts only the writer's own order of members, so that a line has
// one reading; most lines are never parsed.

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

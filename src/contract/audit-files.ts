// The files of one audit trail: the live file, and the rotated files.
// In: names in one folder, and an instant. Out: names, ordered by time.
// INVARIANT: no record of a rotated file is younger than the instant in the
// file's name; a later rotation never sorts before an earlier one.

const INSTANT =
  /^(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d\.\d{3}Z)(?:-([1-9]\d*))?$/

/** A rotated file of a trail, read from its name. */
export interface RotatedFile {
  readonly name: string
  /** Instant of the rotation, ISO 8601. */
  readonly until: string
  /** 1, or more if a file of that instant existed already. */
  readonly number: number
}

/** The new name of the file `live`, rotated at `at` (milliseconds), beside
 * `names`. An instant that is not after the youngest name, because the clock
 * was set back, gives that name's next number. */
export function nameRotated(
  live: string,
  at: number,
  names: readonly string[],
): string {
  const [stem, end] = splitName(live)
  const last = listRotated(live, names).at(-1)
  const instant = new Date(at).toISOString()
  const taken = last !== undefined && last.until >= instant ? last : undefined
  const until = (taken?.until ?? instant).replaceAll(':', '-')
  return `${stem}.${until}${taken ? `-${taken.number + 1}` : ''}${end}`
}

/** The rotated files of the trail whose live file is `live`, oldest first. */
export function listRotated(
  live: string,
  names: readonly string[],
): readonly RotatedFile[] {
  return names
    .flatMap((name) => readRotated(live, name) ?? [])
    .sort((a, b) => compare(a.until, b.until) || a.number - b.number)
}

/** All files of the trail among `names`, oldest first, the live file last. */
export function listTrail(
  live: string,
  names: readonly string[],
): readonly string[] {
  const rotated = listRotated(live, names).map(({ name }) => name)
  return names.includes(live) ? [...rotated, live] : rotated
}

/** Reads the name of a rotated file of `live`; undefined for another file. */
export function readRotated(
  live: string,
  name: string,
): RotatedFile | undefined {
  const [stem, end] = splitName(live)
  const inner = stem.length + 1
  if (!name.startsWith(`${stem}.`) || !name.endsWith(end)) return undefined
  const match = INSTANT.exec(name.slice(inner, name.length - end.length))
  if (!match) return undefined
  const [, day, hours, minutes, seconds, number] = match
  const until = `${day}T${hours}:${minutes}:${seconds}`
  return { name, until, number: Number(number ?? 1) }
}

/** Splits `gateway.jsonl` into `gateway` and `.jsonl`. */
function splitName(live: string): readonly [string, string] {
  const dot = live.lastIndexOf('.')
  return dot > 0 ? [live.slice(0, dot), live.slice(dot)] : [live, '']
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

// Instants and durations as text for people.
// In: milliseconds. Out: text.
// INVARIANT: UTC, whatever the host's time zone is.

/** `5400000` → `1 h 30 min`: the two largest units that are not 0. */
export function formatDuration(milliseconds: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1000],
  ] as const
  let rest = Math.max(0, milliseconds)
  const parts: string[] = []
  for (const [unit, size] of units) {
    const count = Math.floor(rest / size)
    rest -= count * size
    if (count > 0) parts.push(`${count} ${unit}`)
  }
  return parts.slice(0, 2).join(' ') || '0 s'
}

/** To the second, for a reviewer. */
export function formatInstant(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z')
}

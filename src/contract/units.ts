// Durations, sizes and instants as authors write them.
// In: a text. Out: milliseconds, bytes, or milliseconds since the epoch;
// undefined when the text is not valid.
// INVARIANT: no clock; an instant without a zone is UTC.

const MILLISECONDS: Readonly<Record<string, number>> = Object.freeze({
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
})

const BYTES: Readonly<Record<string, number>> = Object.freeze({
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
})

const INSTANT =
  /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d:\d\d)?)?$/

/** `'15m'` → 900000. */
export function readDuration(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,12})(ms|s|m|h|d)$/.exec(text) ?? []
  return scale(count, MILLISECONDS[unit ?? ''])
}

/** `'256MiB'` → 268435456; a number is bytes already. */
export function readSize(size: number | string): number | undefined {
  if (typeof size === 'number')
    return Number.isSafeInteger(size) ? size : undefined
  const [, count, unit] =
    /^(\d{1,15})(B|kB|MB|GB|KiB|MiB|GiB)$/.exec(size) ?? []
  return scale(count, BYTES[unit ?? ''])
}

/** `'2026-11-22T18:00:00Z'` → milliseconds since the epoch. */
export function readInstant(text: string): number | undefined {
  const [, day, time = '00:00', zone = 'Z'] = INSTANT.exec(text) ?? []
  if (day === undefined) return undefined
  const midnight = Date.parse(`${day}T00:00Z`)
  if (Number.isNaN(midnight)) return undefined
  // Date.parse rolls 30 February over to March.
  if (!new Date(midnight).toISOString().startsWith(day)) return undefined
  const instant = Date.parse(`${day}T${time}${zone}`)
  return Number.isNaN(instant) ? undefined : instant
}

function scale(count?: string, unit?: number): number | undefined {
  if (count === undefined || unit === undefined) return undefined
  const scaled = Number(count) * unit
  return Number.isSafeInteger(scaled) ? scaled : undefined
}

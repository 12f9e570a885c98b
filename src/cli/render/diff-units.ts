// Settings with the units that authors write.
// In: a value of the table, and its keys. Out: the same value; milliseconds and
// bytes become texts.
// INVARIANT: exact: a unit is used only if it leaves no remainder.

type Unit = 'duration' | 'size'

/** `*` is any server. A test compares them with the schema. */
export const UNITS: Readonly<Record<string, Unit>> = Object.freeze({
  maxAge: 'duration',
  drain: 'duration',
  'login.maxAge': 'duration',
  'login.server.accessToken': 'duration',
  'login.server.refreshToken': 'duration',
  'servers.*.idle': 'duration',
  'servers.*.timeout': 'duration',
  'servers.*.idleTimeout': 'duration',
  'servers.*.startupTimeout': 'duration',
  'servers.*.breaker.open': 'duration',
  'audit.keep.age': 'duration',
  'audit.keep.size': 'size',
  'audit.rotate.every': 'duration',
  'audit.rotate.size': 'size',
  'caps.request': 'size',
  'caps.message': 'size',
})

export function writeUnits(keys: readonly string[], value: unknown): unknown {
  if (typeof value === 'number') {
    const path = keys.map((key, at) =>
      at === 1 && keys[0] === 'servers' ? '*' : key,
    )
    const unit = isTimeOfProgram(keys) ? 'duration' : UNITS[path.join('.')]
    return formatUnit(unit, value)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return value
  }
  const members = Object.entries(value).map(([key, member]) => [
    key,
    writeUnits([...keys, key], member),
  ])
  return Object.fromEntries(members)
}

/** Of a program that prints a secret, wherever the reference stands. */
function isTimeOfProgram(keys: readonly string[]): boolean {
  const [holder = '', key] = keys.slice(-2)
  return key === 'timeout' && ['secret', 'bearer'].includes(holder)
}

const SCALES = Object.freeze({
  duration: [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ],
  size: [
    ['GiB', 2 ** 30],
    ['GB', 1e9],
    ['MiB', 2 ** 20],
    ['MB', 1e6],
    ['KiB', 2 ** 10],
    ['kB', 1e3],
  ],
} as const)

/** In the largest unit that divides it. */
function formatUnit(unit: Unit | undefined, value: number): number | string {
  if (!unit) return value
  const [name, size] =
    SCALES[unit].find(([, size]) => value > 0 && value % size === 0) ??
    ([unit === 'size' ? 'B' : 'ms', 1] as const)
  return `${value / size} ${name}`
}

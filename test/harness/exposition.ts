// Reads Prometheus' text format, as strictly as promtool judges it.
// In: what a scrape gave. Out: samples by name and labels; what is wrong.

export interface Exposed {
  /** `name{label="value"}`, labels in the order of their names → value. */
  readonly samples: ReadonlyMap<string, number>
  readonly types: ReadonlyMap<string, string>
  /** What a linter would say. */
  readonly faults: readonly string[]
}

const NAME = /^[a-z][a-z0-9_]*$/
const LINE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/y
const PART = /_(?:bucket|sum|count)$/

export function readExposition(text: string): Exposed {
  const samples = new Map<string, number>()
  const types = new Map<string, string>()
  const helps = new Set<string>()
  const faults: string[] = []
  if (!text.endsWith('\n')) faults.push('does not end with a line break')
  for (const line of text.split('\n').filter(Boolean)) {
    const [, kind, name = '', rest = ''] =
      /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? []
    if (kind) {
      if (kind === 'TYPE') types.set(name, rest)
      else helps.add(name)
      continue
    }
    const [, metric = '', labels = '', value] = LINE.exec(line) ?? []
    if (value === undefined) {
      faults.push(`no sample: ${line}`)
      continue
    }
    const family = types.has(metric) ? metric : metric.replace(PART, '')
    if (!types.has(family) || !helps.has(family)) {
      faults.push(`${metric}: no TYPE or no HELP before it`)
    }
    const key = `${metric}{${readLabels(labels, line, faults).sort().join(',')}}`
    if (samples.has(key)) faults.push(`${key} stands twice`)
    // Of an event loop that has not turned yet, a library tells `Nan`.
    const isNumber = !Number.isNaN(Number(value.replace('Nan', '0')))
    if (!isNumber) faults.push(`${key} is ${value}`)
    samples.set(key, Number(value))
  }
  for (const [name, type] of types) faults.push(...judgeName(name, type))
  faults.push(...judgeHistograms(samples, types))
  return { samples, types, faults }
}

function readLabels(text: string, line: string, faults: string[]): string[] {
  const labels: string[] = []
  LABEL.lastIndex = 0
  while (LABEL.lastIndex < text.length) {
    const match = LABEL.exec(text)
    if (!match) {
      faults.push(`labels: ${line}`)
      break
    }
    labels.push(`${match[1]}="${match[2]}"`)
  }
  return labels
}

/** Ours alone: what a library names is its own affair. */
function judgeName(name: string, type: string): readonly string[] {
  if (!name.startsWith('portcullis_')) return []
  const faults: string[] = []
  if (!NAME.test(name)) faults.push(`${name}: no name`)
  if ((type === 'counter') !== name.endsWith('_total')) {
    faults.push(`${name}: a counter, and nothing else, ends in _total`)
  }
  if (/_(?:ms|milliseconds|kb|minutes|percent|info_total)(?:_|$)/.test(name)) {
    faults.push(`${name}: not a base unit`)
  }
  if (PART.test(name)) faults.push(`${name}: ends as a part of a histogram`)
  return faults
}

/** Buckets rise, and the last holds all. */
function judgeHistograms(
  samples: Exposed['samples'],
  types: Exposed['types'],
): readonly string[] {
  const faults: string[] = []
  const last = new Map<string, number>()
  for (const [key, value] of samples) {
    const [, name = '', labels = ''] = /^(.*)_bucket\{(.*)\}$/.exec(key) ?? []
    if (types.get(name) !== 'histogram') continue
    const rest = labels.replace(/,?le="[^"]*",?/, '')
    const series = `${name}_count{${rest}}`
    if (value < (last.get(series) ?? 0)) faults.push(`${key} falls`)
    last.set(series, value)
    if (!key.includes('le="+Inf"')) continue
    if (samples.get(series) !== value) faults.push(`${series} is not ${value}`)
  }
  return faults
}

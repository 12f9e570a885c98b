// Asks Prometheus every expression of the alerts and of the dashboard.
// In: Prometheus, the expressions. Out: what has no data, or is wrong.
// INVARIANT: each expression has data; of an alert, what it compares has.

import type { Expression } from '../site/expressions.ts'
import type { Prometheus } from './prometheus.ts'

/** What Grafana puts in place of its variables. */
const VARIABLES: readonly (readonly [name: string, value: string])[] = [
  ['$job', '.+'],
  ['$instance', '.+'],
  ['$__rate_interval', '10s'],
]

/** An alert that does not fire has no data; what it compares has. */
const COMPARISON = /\s*(?:==|>|<)\s*[\d.e* ]+$/

export interface Asked {
  readonly expressions: number
  readonly series: number
  readonly faults: readonly string[]
}

export async function askAll(
  prometheus: Prometheus,
  expressions: readonly Expression[],
): Promise<Asked> {
  const faults: string[] = []
  let series = 0
  for (const { source, expression } of expressions) {
    const filled = VARIABLES.reduce(
      (text, [name, value]) => text.replaceAll(name, value),
      expression.trim().split(' or absent(')[0] ?? '',
    )
    const query = filled.replace(COMPARISON, '')
    try {
      await prometheus.query(filled)
      const found = await prometheus.query(query)
      const numbers = found.filter(({ value }) => value[1] !== 'NaN')
      series += numbers.length
      if (numbers.length === 0) faults.push(`${source}: no data: ${query}`)
    } catch (error) {
      faults.push(`${source}: ${(error as Error).message}: ${query}`)
    }
  }
  return { expressions: expressions.length, series, faults }
}

// What the alerts and the dashboard ask Prometheus.
// In: the rules, and a reader of files. Out: each expression, and where it stands.

import { DASHBOARD_FILE } from '../dashboard.ts'
import type { AlertRule } from '../metrics-page.ts'

export interface Expression {
  readonly source: string
  readonly expression: string
}

interface Panel {
  readonly title: string
  readonly targets?: readonly { readonly expr: string }[]
}

export function readExpressions(
  rules: readonly AlertRule[],
  read: (file: string) => string,
): readonly Expression[] {
  const { panels } = JSON.parse(read(DASHBOARD_FILE)) as {
    readonly panels: readonly Panel[]
  }
  return [
    ...rules.map(({ alert, expr }) => ({ source: alert, expression: expr })),
    ...panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ expr }) => ({ source: title, expression: expr })),
    ),
  ]
}

// `gateway check --coverage`: what the config's own `tests` do not cover.
// In: an artefact, optionally a minimum. Out: text, and a finding below it.
// INVARIANT: the percentage counts cells (a role and a tool), rounded down.

import type { Diagnostic } from '../contract/diagnostic.ts'
import type { Artefact } from '../contract/table.ts'
import { finding } from '../diagnostics/report.ts'
import { type Plain, plain } from '../diagnostics/shown.ts'
import { type Coverage, measureCoverage } from '../table/coverage.ts'
import { alignRows } from './columns.ts'

const SHOWN = 5

export interface Covered {
  readonly text: Plain
  readonly findings: readonly Diagnostic[]
}

export function coverArtefact(
  artefact: Artefact,
  min: number | undefined,
): Covered {
  const coverage = measureCoverage(artefact)
  const share = shareOf(coverage)
  const { cells, covered } = coverage
  const message = `expectations cover ${share} % of what roles may do, less than ${min} %`
  return {
    text: plain`Coverage: ${covered} of ${cells} pairs of a role and a tool (${share} %)\n${describeRoles(coverage)}`,
    findings:
      min !== undefined && share < min
        ? [finding('GW6002', '/tests', message)]
        : [],
  }
}

function shareOf({ cells, covered }: Pick<Coverage, 'cells' | 'covered'>) {
  return cells === 0 ? 100 : Math.floor((100 * covered) / cells)
}

function describeRoles({ roles }: Coverage): Plain {
  return alignRows(
    roles.map(({ role, cells, covered, uncovered }) => {
      const names = uncovered
        .slice(0, SHOWN)
        .map(({ tool, destructive }) =>
          destructive ? `${tool} (destructive)` : tool,
        )
      const more = uncovered.length - names.length
      const rest = more > 0 ? [`and ${more} more`] : []
      const left = [...names, ...rest].join(', ')
      return [
        '',
        role,
        `${covered} of ${cells}`,
        left && `not covered: ${left}`,
      ]
    }),
  )
}

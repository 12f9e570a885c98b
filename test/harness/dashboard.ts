// The dashboard for Grafana, made from the list of its panels.
// In: dashboard-panels.ts. Out: deploy/grafana/dashboard.json.
// INVARIANT: `npm run trial:metrics` judges it by the types of Grafana.

import { ON, type PanelPlan, ROWS } from './dashboard-panels.ts'

export const DASHBOARD_FILE = 'deploy/grafana/dashboard.json'

const SOURCE = { type: 'prometheus', uid: '$datasource' }

export function writeDashboard(): string {
  const panels: object[] = []
  let y = 0
  for (const { title, panels: plans } of ROWS) {
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title,
      collapsed: false,
      gridPos: { h: 1, w: 24, x: 0, y },
      panels: [],
    })
    y++
    const isSmall = plans.every(({ kind }) => kind === 'stat')
    const [w, h] = isSmall ? [4, 4] : [12, 8]
    plans.forEach((plan, at) => {
      const place = {
        h,
        w,
        x: (at * w) % 24,
        y: y + Math.floor((at * w) / 24) * h,
      }
      panels.push(makePanel(plan, panels.length + 1, place))
    })
    y += Math.ceil((plans.length * w) / 24) * h
  }
  return `${JSON.stringify({ ...FRAME, panels }, null, 2)}\n`
}

const FRAME = {
  title: 'Portcullis',
  uid: 'portcullis',
  description: 'A gateway for MCP: calls, servers, access, audit.',
  tags: ['portcullis', 'mcp'],
  schemaVersion: 39,
  version: 1,
  editable: true,
  graphTooltip: 1,
  timezone: 'browser',
  refresh: '30s',
  time: { from: 'now-6h', to: 'now' },
  templating: {
    list: [
      {
        name: 'datasource',
        label: 'Data source',
        type: 'datasource',
        query: 'prometheus',
      },
      makeVariable('job', 'label_values(portcullis_build_info, job)'),
      makeVariable(
        'instance',
        'label_values(portcullis_build_info{job=~"$job"}, instance)',
      ),
    ],
  },
  annotations: {
    list: [
      {
        name: 'New config',
        datasource: SOURCE,
        enable: true,
        iconColor: 'blue',
        target: {
          refId: 'config',
          expr: `changes(portcullis_reload_timestamp_seconds{${ON},verdict="accepted"}[1m]) > 0`,
        },
      },
    ],
  },
}

function makeVariable(name: string, query: string): object {
  return {
    name,
    type: 'query',
    datasource: SOURCE,
    query: { query, refId: name },
    refresh: 2,
    multi: true,
    includeAll: true,
    allValue: '.+',
    current: { text: 'All', value: '$__all' },
  }
}

function makePanel(plan: PanelPlan, id: number, gridPos: object): object {
  const { kind, title, description, unit, queries, alarm } = plan
  const steps = [
    { color: 'green', value: null },
    ...(alarm === undefined ? [] : [{ color: 'red', value: alarm }]),
  ]
  return {
    id,
    type: kind,
    title,
    description,
    datasource: SOURCE,
    gridPos,
    fieldConfig: {
      defaults: {
        unit,
        ...(unit === 'd' ? {} : { min: 0 }),
        color: { mode: kind === 'stat' ? 'thresholds' : 'palette-classic' },
        thresholds: { mode: 'absolute', steps },
      },
      overrides: [],
    },
    options: OPTIONS[kind],
    targets: Object.entries(queries).map(([expr, legendFormat], at) => ({
      refId: String.fromCharCode(65 + at),
      datasource: SOURCE,
      expr,
      legendFormat: legendFormat || '__auto',
      ...(kind === 'timeseries' ? { range: true } : { instant: true }),
      ...(kind === 'table' ? { format: 'table' } : {}),
    })),
  }
}

const OPTIONS: Readonly<Record<PanelPlan['kind'], object>> = {
  stat: {
    colorMode: 'value',
    graphMode: 'area',
    reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
  },
  timeseries: {
    legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
    tooltip: { mode: 'multi', sort: 'desc' },
  },
  table: { showHeader: true },
}

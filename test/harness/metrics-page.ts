// docs/metrics.md, made from the metrics of the code and from the alert rules.
// In: the families of the runtime, prom-client, deploy/prometheus/alerts.yaml.
// Out: a page.
// INVARIANT: each metric and each alert has an anchor; test/serve/metrics.ts compares
// the page with a scrape of a running gateway.

import { collectDefaultMetrics, Registry } from 'prom-client'
import { parse } from 'yaml'
import { CALLS } from '../../src/runtime/control/metrics/calls.ts'
import type { Family } from '../../src/runtime/control/metrics/family.ts'
import { STATE } from '../../src/runtime/control/metrics/state.ts'
import { METRIC_GROUPS } from './metrics-advice.ts'

export const METRICS_FILE = 'docs/metrics.md'
export const ALERTS_FILE = 'deploy/prometheus/alerts.yaml'

export const FAMILIES: readonly Family[] = [...CALLS, ...STATE]

export interface AlertRule {
  readonly alert: string
  readonly expr: string
  readonly for?: string
  readonly labels: { readonly severity: string }
  readonly annotations: {
    readonly summary: string
    readonly description: string
    readonly runbook: string
  }
}

const HEAD = `# Metrics

The admin listener serves these metrics for Prometheus at \`/metrics\`, with the admin
token. \`npm run docs\` writes this page from the code, and a test compares it with a
running gateway.

\`\`\`yaml
scrape_configs:
  - job_name: portcullis
    static_configs: [{ targets: ['127.0.0.1:4601'] }]
    authorization: { credentials_file: /etc/gateway/admin }
rule_files: [alerts.yaml]
\`\`\`

\`deploy/prometheus/alerts.yaml\` contains the [alerts](#alerts), and
\`deploy/grafana/dashboard.json\` a dashboard for Grafana: import it, and choose the data
source. \`npm run trial:metrics\` asks a real Prometheus every expression of both.

Labels contain names of the config, names of tools as the servers list them, and fixed
words. They never contain a token, an argument, or anything else that a client sends, so
their number is bounded: a server has at most 1,000 tools as labels, the others share
\`(other)\`. A counter without calls has no series yet.
`

export function readAlerts(text: string): readonly AlertRule[] {
  const { groups } = parse(text) as {
    readonly groups: readonly { readonly rules: readonly AlertRule[] }[]
  }
  return groups.flatMap(({ rules }) => rules)
}

export async function writeMetrics(alerts: string): Promise<string> {
  return [
    HEAD,
    ...METRIC_GROUPS.map(({ title, advice }) => {
      const rows = Object.entries(advice).map(([name, text]) => {
        const family = FAMILIES.find((one) => one.name === name)
        if (!family) throw new Error(`no metric ${name}`)
        return writeRow(family, text)
      })
      return `## ${title}\n\n${TABLE}${rows.join('')}`
    }),
    await writeProcess(),
    writeAlerts(readAlerts(alerts)),
  ].join('\n')
}

const TABLE = '| metric | what |\n|---|---|\n'

function writeRow(
  { name, type, help, labels = [] }: Omit<Family, 'read'>,
  advice: string,
): string {
  const own = labels.map((label) => `\`${label}\``).join(', ')
  const facts = [
    type,
    findUnit(name, type),
    ...(own === '' ? [] : [`by ${own}`]),
  ].join('; ')
  const text = [help, `*${facts}*`, advice].filter((one) => one !== '')
  return `| <a id="${name}"></a>[\`${name}\`](#${name}) | ${text.join('<br>')} |\n`
}

/** Base units, as the name of a metric ends. */
function findUnit(name: string, type: string): string {
  if (
    name.endsWith('_timestamp_seconds') ||
    name.endsWith('_start_time_seconds')
  )
    return 'seconds since 1970'
  if (name.includes('_seconds')) return 'seconds'
  if (name.includes('_bytes')) return 'bytes'
  if (name.endsWith('_ratio')) return '0 to 1'
  if (name.endsWith('_info') || name.endsWith('_state')) return 'always 1'
  if (/_(?:up|ready|stale|failing)$/.test(name)) return '0 or 1'
  return type === 'counter' ? 'number since the start' : 'number'
}

async function writeProcess(): Promise<string> {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const all = await registry.getMetricsAsJSON()
  registry.clear()
  const rows = all.map(({ name, type, help }) =>
    writeRow({ name, type: String(type) as Family['type'], help }, ''),
  )
  return `## Process

Of the process of the gateway, by \`prom-client\`. If \`process_resident_memory_bytes\` rises
for hours, see [what one caller may use](operations.md#what-one-caller-may-use); if the
event loop is late, the host has too little CPU.

${TABLE}${rows.join('')}`
}

function writeAlerts(rules: readonly AlertRule[]): string {
  const parts = rules.map((rule) => {
    const { summary, description, runbook } = rule.annotations
    const lasting = rule.for ? ` for ${rule.for}` : ''
    const link = runbook.replace('docs/', '').replace(/^metrics\.md/, '')
    const said = summary.replaceAll(
      /\{\{[^}]*\$(?:labels\.)?(\w+)[^}]*\}\}/g,
      '*$1*',
    )
    return [
      `### ${rule.alert}\n`,
      `${said} (${rule.labels.severity}${lasting})\n`,
      `\`\`\`text\n${rule.expr.trim()}\n\`\`\`\n`,
      `${description.replaceAll(/\{\{[^}]*\.(\w+) *\}\}/g, '$1')} What to do: [${runbook}](${link}).\n`,
    ].join('\n')
  })
  return `## Alerts

What \`deploy/prometheus/alerts.yaml\` contains. Thresholds are for one gateway with some
hundred users; change them for yours.

${parts.join('\n')}`
}

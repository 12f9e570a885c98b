// `npm run trial:metrics`: asks a real Prometheus, which scrapes real gateways, every
// expression of the alerts and of the dashboard.
// In: perhaps --json, --rounds N. Out: what has no data, or is wrong.
// INVARIANT: it exits with 1 if anything is, and with 2 without Prometheus.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { stderr, stdout } from 'node:process'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { DASHBOARD_FILE } from '../harness/dashboard.ts'
import { root } from '../harness/gateway.ts'
import { ALERTS_FILE, readAlerts } from '../harness/metrics-page.ts'
import { judgeDashboard } from '../harness/prometheus/grafana.ts'
import { askAll } from '../harness/prometheus/judge.ts'
import {
  hasPrometheus,
  NO_PROMETHEUS,
  startPrometheus,
} from '../harness/prometheus/prometheus.ts'
import { openMetricsScene } from '../harness/prometheus/scene.ts'
import { readExpressions } from '../harness/site/expressions.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '12' },
  },
})

async function runTrial(): Promise<void> {
  const read = (file: string) => readFileSync(join(root, file), 'utf8')
  const ends: (() => unknown)[] = []
  const owner = { teardown: (end: () => unknown) => void ends.unshift(end) }
  const scene = await openMetricsScene(owner)
  const prometheus = await startPrometheus(owner, scene.targets)
  // A rate needs two scrapes with a call between them.
  for (let round = 0; round < Number(values.rounds); round++) {
    await scene.call()
    await setTimeout(1_500)
  }
  const alerts = readAlerts(read(ALERTS_FILE))
  const asked = await askAll(prometheus, readExpressions(alerts, read))
  const rules = await prometheus.rules()
  for (const end of ends) await end()
  const sick = rules.filter(({ health }) => health !== 'ok')
  const active = rules.filter(({ state }) => state !== 'inactive')
  const faults = [
    ...asked.faults,
    ...sick.map(({ name, lastError }) => `${name}: ${lastError}`),
    ...(rules.length === alerts.length ? [] : ['Prometheus lacks rules']),
    ...judgeDashboard(read(DASHBOARD_FILE)),
  ]
  const { expressions, series } = asked
  const names = active.map(({ name }) => name)
  if (values.json) {
    const counts = { rules: rules.length, expressions, series }
    stdout.write(`${JSON.stringify({ ...counts, active: names, faults })}\n`)
  } else {
    for (const fault of faults) stdout.write(`${fault}\n`)
    stdout.write(
      `${rules.length} rules, ${expressions} expressions, ${series} series; ` +
        `pending or firing: ${names.join(', ')}; ${faults.length} faults\n`,
    )
  }
  process.exitCode = faults.length === 0 ? 0 : 1
}

if (hasPrometheus()) await runTrial()
else {
  stderr.write(`${NO_PROMETHEUS}\n`)
  process.exitCode = 2
}

// A real Prometheus that scrapes gateways of this machine every second.
// In: their admin listeners. Out: answers of its API.
// INVARIANT: it listens on loopback, keeps its data in a folder of its own, and ends
// with the trial.

import { spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { root } from '../gateway.ts'
import { ALERTS_FILE } from '../metrics-page.ts'
import { findPort } from '../nginx.ts'
import type { Owner } from '../process.ts'
import { until } from '../until.ts'

export const NO_PROMETHEUS =
  'there is no prometheus here: `apt-get install prometheus`'

export function hasPrometheus(): boolean {
  return spawnSync('prometheus', ['--version']).error === undefined
}

export interface ScrapeTarget {
  /** Host and port of an admin listener. */
  readonly address: string
  readonly token: string
}

/** Labels and value of one series. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>
  readonly value: readonly [at: number, value: string]
}

export interface RuleState {
  readonly name: string
  readonly health: string
  readonly lastError?: string
  readonly state: string
}

export interface Prometheus {
  /** Throws with the words of Prometheus for an expression that is wrong. */
  query(expression: string): Promise<readonly Series[]>
  rules(): Promise<readonly RuleState[]>
}

export async function startPrometheus(
  owner: Owner,
  targets: readonly ScrapeTarget[],
): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'prometheus-'))
  owner.teardown(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'data'))
  cpSync(join(root, ALERTS_FILE), join(folder, 'alerts.yaml'))
  const configs = targets.map(({ address, token }, at) => {
    writeFileSync(join(folder, `token-${at}`), token, { mode: 0o600 })
    return {
      // As in docs/metrics.md; a job has one token.
      job_name: at === 0 ? 'portcullis' : `portcullis-${at}`,
      static_configs: [{ targets: [address] }],
      authorization: { credentials_file: `token-${at}` },
    }
  })
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: ['alerts.yaml'],
    scrape_configs: configs,
  }
  const file = join(folder, 'prometheus.yml')
  writeFileSync(file, stringify(config), { mode: 0o600 })
  const port = await findPort()
  const url = `http://127.0.0.1:${port}`
  await startProcess(owner, [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ])
  await until(() => isReady(url), 'Prometheus is ready', 60_000)
  return {
    query: async (expression) => {
      const query = new URLSearchParams({ query: expression })
      const { result } = await ask<{ readonly result: readonly Series[] }>(
        `${url}/api/v1/query?${query}`,
      )
      return result
    },
    rules: async () => {
      const { groups } = await ask<{
        readonly groups: readonly { readonly rules: readonly RuleState[] }[]
      }>(`${url}/api/v1/rules`)
      return groups.flatMap(({ rules }) => rules)
    },
  }
}

async function startProcess(
  owner: Owner,
  args: readonly string[],
): Promise<void> {
  const child = spawn('prometheus', args, { stdio: 'ignore' })
  const ended = new Promise((done) => child.once('exit', done))
  await new Promise((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', reject)
  })
  owner.teardown(async () => {
    child.kill('SIGTERM')
    await ended
  })
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/-/ready`)).ok
  } catch {
    return false
  }
}

async function ask<T>(url: string): Promise<T> {
  const answer = (await (await fetch(url)).json()) as {
    readonly status: string
    readonly error?: string
    readonly data: T
  }
  if (answer.status !== 'success') throw new Error(answer.error)
  return answer.data
}

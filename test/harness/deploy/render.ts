// What kubectl, helm and systemd make of the files of deploy/.
// In: files of deploy/ and a compiled table. Out: YAML, or why it is not there.
// INVARIANT: no cluster, no network: rendering and checks alone.

import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { makeFolder, root, runHere } from '../gateway.ts'
import type { Owner } from '../process.ts'

export const deploy = join(root, 'deploy')

/** Bounds the version that a chart asks for; the schemas are of a newer one. */
const KUBERNETES = '1.31.0'

export interface Ran {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export function runTool(
  program: string,
  args: readonly string[],
  cwd = root,
): Ran {
  return spawnSync(program, args, { cwd, encoding: 'utf8', maxBuffer: 2 ** 26 })
}

/** Compiles deploy/gateway.config.ts; the path of its table. */
export async function compileDeployed(t: Owner): Promise<string> {
  const folder = makeFolder(t)
  const out = join(folder, 'table.json')
  const args = ['compile', '--cwd', deploy, '-o', out]
  const { code, stderr } = await runHere(args)
  if (code !== 0) throw new Error(stderr)
  return out
}

/** The plain manifests, as `kubectl apply -k` would send them. */
export function kustomize(t: Owner, table: string): string {
  const folder = join(makeFolder(t), 'kubernetes')
  cpSync(join(deploy, 'kubernetes'), folder, { recursive: true })
  writeFileSync(join(folder, 'table.json'), readFileSync(table))
  return demand(runTool('kubectl', ['kustomize', folder]))
}

export function template(helm: string, flags: readonly string[]): Ran {
  const chart = join(deploy, 'helm')
  const version = ['--kube-version', KUBERNETES]
  return runTool(helm, ['template', 'gateway', chart, ...version, ...flags])
}

export function demand({ status, stdout, stderr }: Ran): string {
  if (status !== 0) throw new Error(stderr || stdout || 'it did not start')
  return stdout
}

export const noKubectl = isThere('kubectl', ['version', '--client'])
  ? false
  : 'there is no kubectl: the kustomization is not rendered'

export const noSystemd = isThere('systemd-analyze', ['--version'])
  ? false
  : 'there is no systemd-analyze: the unit is not checked'

/** Helm, which Debian and npm do not have: `HELM` names it, or Go built it. */
export function findHelm(): string | undefined {
  const own = join(homedir(), '.cache/portcullis/go-bin/helm')
  const named = [process.env.HELM, 'helm', own]
  return named.find(
    (one) =>
      one !== undefined &&
      (one !== own || existsSync(own)) &&
      isThere(one, ['version']),
  )
}

export const NO_HELM =
  'there is no helm: the chart is not rendered. `npm run trial:deploy` builds one ' +
  'with Go; HELM names another'

function isThere(program: string, args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0
}

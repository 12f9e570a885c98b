// Judges the dashboard by the types of Grafana.
// In: deploy/grafana/dashboard.json. Out: what tsc says of it.
// INVARIANT: the package has an exact version, and is installed outside of this
// repository on first use.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { root } from '../gateway.ts'

const PACKAGE = '@grafana/schema@13.2.3'

/** An enumeration of Grafana is written as its text in JSON; a query has the
 * members of its data source. */
const TYPES = `import type { Dashboard, DataQuery } from '@grafana/schema'
type Written<T> = T extends string ? \`\${T}\`
  : T extends DataQuery ? { readonly refId: string; readonly expr: string }
  : T extends (infer One)[] ? Written<One>[]
  : T extends object ? { [Key in keyof T]: Written<T[Key]> }
  : T
export const dashboard: Written<Dashboard> = `

export function judgeDashboard(json: string): readonly string[] {
  const folder = join(homedir(), '.cache/portcullis/grafana-schema')
  mkdirSync(folder, { recursive: true })
  if (!existsSync(join(folder, 'node_modules/@grafana/schema/package.json'))) {
    writeFileSync(
      join(folder, 'package.json'),
      '{"private":true,"type":"module"}',
    )
    const args = ['install', '--ignore-scripts', '--no-fund', PACKAGE]
    const { status, stderr } = spawnSync('npm', args, {
      cwd: folder,
      encoding: 'utf8',
    })
    if (status !== 0) return [`${PACKAGE} cannot be installed: ${stderr}`]
  }
  writeFileSync(join(folder, 'dashboard.ts'), TYPES + json)
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const flags = '--noEmit --strict --module nodenext --skipLibCheck --types'
  const { stdout } = spawnSync(
    process.execPath,
    [tsc, ...flags.split(' '), '', 'dashboard.ts'],
    { cwd: folder, encoding: 'utf8' },
  )
  return stdout.split('\n').filter((line) => line !== '')
}

// `npm run docs`: writes the documents that are made from the code.
// In: the tables of codes, of their long forms, of refusals and of clients, the
// import map, the help of the verbs, the schema of the config, the metrics, the
// types of src/cli/documents.
// Out: docs/codes.md, clients.md, cli.md, config.md and metrics.md, the dashboard,
// schemas, and parts of docs/architecture.md and docs/operations.md.
// INVARIANT: tests fail while the files differ from what this writes; for the
// schemas, while a document differs from its schema.

import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readCode } from '../../src/diagnostics/codes/all.ts'
import { CODES, type Code } from '../../src/diagnostics/codes.ts'
import { renderCodes } from '../../src/diagnostics/render/code.ts'
import { CLI_FILE, writeCli } from '../harness/cli-page.ts'
import { CLIENTS_FILE, writeClients } from '../harness/clients-page.ts'
import {
  CONFIG_FILE,
  REFERENCE_FILE,
  SCHEMA_FILE,
  writeConfig,
} from '../harness/config-page.ts'
import { DASHBOARD_FILE, writeDashboard } from '../harness/dashboard.ts'
import { replaceImportMap } from '../harness/import-map.ts'
import {
  ALERTS_FILE,
  METRICS_FILE,
  writeMetrics,
} from '../harness/metrics-page.ts'
import { replaceRefusals } from '../harness/refusal-table.ts'

export const CODES_FILE = 'docs/codes.md'
const ARCHITECTURE_FILE = 'docs/architecture.md'
const OPERATIONS_FILE = 'docs/operations.md'

export function writeCodes(): string {
  return renderCodes((Object.keys(CODES) as Code[]).map(readCode))
}

/** The enumeration of codes, one a line; nothing else of the schema changes. */
function replaceCodes(schema: string): string {
  const codes = Object.keys(CODES).map((code) => JSON.stringify(code))
  return schema.replace(
    /\[(\s*)"GW\d{4}"(?:,\s*"GW\d{4}")*(\s*)\]/,
    (_all, before: string, after: string) =>
      `[${before}${codes.join(`,${before}`)}${after}]`,
  )
}

if (process.argv[1] === import.meta.filename) {
  const root = join(import.meta.dirname, '../../..')
  mkdirSync(join(root, 'docs'), { recursive: true })
  writeFileSync(join(root, CODES_FILE), writeCodes())
  const read = (file: string) => readFileSync(join(root, file), 'utf8')
  const config = writeConfig(
    JSON.parse(read(SCHEMA_FILE)),
    read(REFERENCE_FILE),
  )
  writeFileSync(join(root, CONFIG_FILE), config)
  const metrics = await writeMetrics(read(ALERTS_FILE))
  writeFileSync(join(root, METRICS_FILE), metrics)
  writeFileSync(join(root, DASHBOARD_FILE), writeDashboard())
  const schema = join(root, 'schema/report.schema.json')
  writeFileSync(schema, replaceCodes(readFileSync(schema, 'utf8')))
  // Loads a compiler, which takes seconds.
  const { writeSchemas } = await import('./schemas.ts')
  for (const [name, text] of writeSchemas(root)) {
    writeFileSync(join(root, 'schema', name), text)
  }
  const biome = join(root, 'node_modules/.bin/biome')
  execFileSync(biome, ['format', '--write', 'schema'], { cwd: root })
  const page = join(root, ARCHITECTURE_FILE)
  writeFileSync(page, replaceImportMap(readFileSync(page, 'utf8')))
  const operations = join(root, OPERATIONS_FILE)
  writeFileSync(operations, replaceRefusals(readFileSync(operations, 'utf8')))
  writeFileSync(join(root, CLIENTS_FILE), writeClients())
  // Help is as wide as the terminal; a page has 80 columns.
  process.stdout.isTTY = false
  writeFileSync(join(root, CLI_FILE), await writeCli())
}

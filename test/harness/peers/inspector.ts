// The MCP Inspector by its command line, installed on first use.
// In: an endpoint, a token, a feature. Out: what was wrong with it.
// INVARIANT: one process a call, which keeps nothing beyond the test.

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { root } from '../gateway.ts'
import { type InstalledPackages, installFolder } from '../install.ts'
import { makeFolder, type Owner } from '../process.ts'
import type { Feature } from './features.ts'
import type { Result } from './run.ts'

export const INSPECTOR = '@modelcontextprotocol/inspector'

export const INSPECTORS = {
  'Inspector legacy': 'legacy',
  'Inspector modern': 'modern',
} as const

export type InspectorKind = keyof typeof INSPECTORS

export const INSPECTOR_KINDS = Object.keys(
  INSPECTORS,
) as readonly InspectorKind[]

/** The server it is tried with. */
export const INSPECTED = 'everything-http'

const TEXT = 'demo://resource/dynamic/text'

/** Feature → commands, and what their results say: all that its command line
 * takes, but for what ends with the process before it shows. */
export const COMMANDS: Partial<
  Readonly<Record<Feature, readonly (readonly [string, RegExp])[]>>
> = {
  instructions: [['initialize', /Everything Server/i]],
  tools: [
    ['tools/list', /"everything-http__get-sum"/],
    [
      'tools/call --tool-name everything-http__get-sum --tool-arg a=2 b=3',
      /sum of 2 and 3 is 5/,
    ],
  ],
  structured: [
    [
      'tools/call --tool-name everything-http__get-structured-content ' +
        '--tool-arg location=Chicago',
      /"structuredContent":\{"temperature":36/,
    ],
  ],
  content: [
    ['tools/call --tool-name everything-http__get-tiny-image', /image\/png/],
    [
      'tools/call --tool-name everything-http__get-resource-links',
      /"resource_link"/,
    ],
  ],
  resources: [
    ['resources/list', /features\.md/],
    ['resources/read --uri demo://resource/static/document/features.md', /MCP/],
  ],
  templates: [
    ['resources/templates/list', new RegExp(`${TEXT}/\\{resourceId\\}`)],
    [`resources/read --uri ${TEXT}/7`, /Resource 7:/],
  ],
  prompts: [
    ['prompts/list', /"everything-http__args-prompt"/],
    [
      'prompts/get --prompt-name everything-http__args-prompt ' +
        '--prompt-args city=Oslo',
      /weather in Oslo/,
    ],
  ],
}

export interface Target extends InstalledPackages {
  readonly url: string
  readonly token: string
  /** Where it may write. */
  readonly home: string
}

const folder = join(root, 'test/inspector')

export const readInspectorVersion = (): string =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).dependencies[
    INSPECTOR
  ]

export async function aimInspector(
  owner: Owner,
  at: Pick<Target, 'url' | 'token'>,
): Promise<Target> {
  const installed = await installFolder(folder)
  return { ...at, ...installed, home: makeFolder(owner, {}) }
}

/** Tries these features in both eras. */
export async function inspect(
  target: Target,
  features: readonly Feature[],
): Promise<readonly Result[]> {
  const results: Result[] = []
  for (const client of INSPECTOR_KINDS) {
    for (const feature of features) {
      const wrong = await tryFeature(target, client, feature)
      results.push({ client, server: INSPECTED, feature, wrong })
    }
  }
  return results
}

async function tryFeature(
  target: Target,
  client: InspectorKind,
  feature: Feature,
): Promise<string | null> {
  for (const [command, wanted] of COMMANDS[feature] ?? []) {
    const era = ['--protocol-era', INSPECTORS[client]]
    const said = await runInspector(target, [...command.split(' '), ...era])
    if (!wanted.test(said)) return `${command}: ${said}`
  }
  return null
}

async function runInspector(
  { url, token, home, node, modules }: Target,
  args: readonly string[],
): Promise<string> {
  const bin = join(modules, INSPECTOR, 'clients/launcher/build')
  const to = ['--server-url', url, '--transport', 'http', '--stored-auth-only']
  const header = ['--header', `Authorization: Bearer ${token}`]
  const child = spawn(
    node,
    [
      ...[join(bin, 'index.js'), '--cli', ...to, ...header],
      ...['--format', 'json', '--method', ...args],
    ],
    {
      env: { PATH: process.env.PATH, HOME: home },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 120_000,
    },
  )
  const [stdout, stderr] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
  ])
  return stdout + stderr
}

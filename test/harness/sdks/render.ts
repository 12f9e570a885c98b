// The part of docs/compatibility.md about SDKs of other languages.
// In: the list of faults, which `npm run compatibility` holds to what every
// client did with every server. Out: Markdown.

import { FAULTS, type Fault, findFault } from './faults.ts'
import {
  FEATURE_IDS,
  FEATURES,
  type Feature,
  SDK_KINDS,
  SDKS,
  type SdkKind,
  versionOf,
} from './peers.ts'
import { ALL_PAIRS, featuresOf, type Pair } from './run.ts'

export function renderSdks(): string {
  const sdks = SDK_KINDS.map((kind) => {
    const { title, package: name, speaks } = SDKS[kind]
    return [title, `\`${name}\``, versionOf(kind), speaks]
  })
  const head = ['SDK', 'package', 'version', 'its client here speaks']
  return `${INTRODUCTION}

${renderTable([head, ...sdks])}

What its client can do, with servers on all of them:

${renderFeatures('client')}

What its server can do, over both transports, with clients on all of them:

${renderFeatures('server')}

${FAULTS.map(renderNote).join('\n')}`.trimEnd()
}

const INTRODUCTION = `\`test/sdks\` has a small server and a small client on each, which \`npm run
compatibility\` runs: every client through a gateway to every server, over stdio
and over HTTP, each feature once. The test suite runs each client and each server
once, and skips, with the reason, what a machine without Python or Go cannot run.`

function renderFeatures(side: 'client' | 'server'): string {
  const rows = FEATURE_IDS.map((feature) => [
    FEATURES[feature],
    ...SDK_KINDS.map((kind) => renderCell(side, kind, feature)),
  ])
  const head = ['feature', ...SDK_KINDS.map((kind) => SDKS[kind].title)]
  return renderTable([head, ...rows])
}

function renderCell(
  side: 'client' | 'server',
  kind: SdkKind,
  feature: Feature,
): string {
  const pairs = ALL_PAIRS.filter(
    (pair: Pair) => pair[side] === kind && featuresOf(pair).includes(feature),
  )
  if (pairs.length === 0) return '–'
  const faults = pairs.flatMap((pair) => findFault({ ...pair, feature }) ?? [])
  if (faults.length === 0) return 'works'
  const notes = [...new Set(faults)].map((fault) => FAULTS.indexOf(fault) + 1)
  const word = faults.length < pairs.length ? 'partly' : 'does not work'
  return `${word} (${notes.join(', ')})`
}

function renderNote(fault: Fault, at: number): string {
  const { clients, servers, transports, feature, why } = fault
  const titles = (kinds: readonly SdkKind[] | undefined, all: string) =>
    kinds?.map((kind) => SDKS[kind].title).join(' and ') ?? all
  const over = transports ? ` over ${transports.join(' and ')}` : ''
  const where = `${titles(clients, 'every client')} with ${titles(servers, 'every server')}${over}`
  return `${at + 1}. ${where}, ${FEATURES[feature]}: ${why}`
}

const renderTable = (rows: readonly (readonly unknown[])[]): string =>
  rows
    .toSpliced(1, 0, rows[0]?.map(() => '---') ?? [])
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')

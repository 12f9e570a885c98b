// docs/compatibility.md, from what the peers did.
// In: results, and the figures of the conformance suite. Out: Markdown.
// INVARIANT: a cell says no more than its results; whatever does not work has a
// note that says why.

import { readFigures, versionOfSuite } from '../conformance/figures.ts'
import { renderSdks } from '../sdks/render.ts'
import { CLIENT_KINDS, CLIENTS } from './clients.ts'
import { ELSEWHERE } from './elsewhere.ts'
import { FAULTS, findFault } from './faults.ts'
import { FEATURE_IDS, FEATURES, type Feature } from './features.ts'
import {
  INSPECTOR,
  INSPECTOR_KINDS,
  INSPECTORS,
  readInspectorVersion,
} from './inspector.ts'
import type { Result } from './run.ts'
import { SERVER_KINDS, SERVERS, versionOf } from './servers.ts'

const ERAS = {
  legacy: 'sessions',
  auto: '2026-07-28, else sessions',
  modern: '2026-07-28 alone',
} as const

export function renderCompatibility(results: readonly Result[]): string {
  const clients = [...CLIENT_KINDS, ...INSPECTOR_KINDS]
  const ofClients = renderFeatures(
    clients,
    clients.map((client) => results.filter((one) => one.client === client)),
  )
  const ofServers = renderFeatures(
    SERVER_KINDS.map((kind) => SERVERS[kind].title),
    SERVER_KINDS.map((kind) => results.filter((one) => one.server === kind)),
  )
  const parts = [
    INTRODUCTION,
    `## Clients\n\n${renderClients()}\n\n${ofClients}`,
    `## Servers\n\n${renderServers()}\n\n${ofServers}`,
    ...(FAULTS.length > 0 ? [`## Notes\n\n${renderNotes()}`] : []),
    `## SDKs of other languages\n\n${renderSdks()}`,
    `## The official conformance suite\n\n${renderConformance()}`,
    `## Clients that were not run here\n\n${renderElsewhere()}`,
  ]
  return `${parts.join('\n\n')}\n`
}

const INTRODUCTION = `# Compatibility

Which clients and servers work through the gateway, at which versions, and what
does not. \`npm run compatibility\` writes this page: it runs each of them for
real, every client through a gateway to every server, each feature once; the
Inspector with one of them. The test suite does so too, with the Inspector for
one call, and fails while this page says something else.

- **works**: with every peer that has the feature as well
- **partly**, **does not work**: with some, with all; the note says why
- **–**: the client or server does not offer it

Sessions are protocol versions up to 2025-11-25.`

function renderClients(): string {
  const sdks = CLIENT_KINDS.map((kind) => {
    const { package: name, mode } = CLIENTS[kind]
    const era = mode === null ? 'legacy' : mode === 'auto' ? mode : undefined
    const speaks = ERAS[era ?? (mode === 'legacy' ? 'legacy' : 'modern')]
    return [kind, `\`${name}\``, versionOf(name), speaks]
  })
  const inspectors = INSPECTOR_KINDS.map((kind) => {
    const era = ERAS[INSPECTORS[kind]]
    const name = `\`${INSPECTOR} --cli\``
    return [kind, name, readInspectorVersion(), era]
  })
  const head = ['client', 'package', 'version', 'speaks']
  return renderTable([head, ...sdks, ...inspectors])
}

function renderServers(): string {
  const rows = SERVER_KINDS.map((kind) => {
    const { title, package: name, speaks } = SERVERS[kind]
    return [title, `\`${name}\``, versionOf(name), speaks]
  })
  const table = renderTable([
    ['server', 'package', 'version', 'speaks'],
    ...rows,
  ])
  return `${table}

The last one is our own test server on that SDK: none of the npm reference
servers, which the others are, speaks 2026-07-28 yet. What a server asks of
clients it asks as its \`requests\` in the config let it; \`roots\` must be named
there.`
}

/** A column for each peer, with its results. */
function renderFeatures(
  titles: readonly string[],
  columns: readonly (readonly Result[])[],
): string {
  const rows = FEATURE_IDS.map((feature) => [
    FEATURES[feature],
    ...columns.map((results) => renderCell(results, feature)),
  ])
  return renderTable([['feature', ...titles], ...rows])
}

function renderCell(results: readonly Result[], feature: Feature): string {
  const own = results.filter((one) => one.feature === feature)
  if (own.length === 0) return '–'
  const broken = own.filter(
    (one) => one.wrong !== null || findFault(one)?.sometimes,
  )
  if (broken.length === 0) return 'works'
  const notes = new Set(broken.flatMap((one) => findFault(one) ?? []))
  const numbers = [...notes].map((fault) => FAULTS.indexOf(fault) + 1)
  const word = broken.length < own.length ? 'partly' : 'does not work'
  return `${word} (${numbers.join(', ')})`
}

function renderNotes(): string {
  return FAULTS.map(({ feature, clients, servers, why }, at) => {
    const titles = servers.map((one) => SERVERS[one].title)
    const where = `${clients.join(' and ')} with ${titles.join(' and ')}`
    return `${at + 1}. ${where}, ${FEATURES[feature]}: ${why}`
  }).join('\n')
}

function renderConformance(): string {
  const rows = Object.entries(readFigures()).map(
    ([suite, { direct, through }]) => [
      suite,
      versionOfSuite(suite),
      ...[direct, through].flatMap(({ passed, failed }) => [passed, failed]),
    ],
  )
  const head = ['suite', 'release', 'passed direct', 'failed', 'passed through']
  const table = renderTable([[...head, 'failed'], ...rows])
  return `\`npm run conformance\` runs \`@modelcontextprotocol/conformance\` against a server
of our own, direct and through a gateway; \`client\` tests the gateway as a client
of servers, and \`auth-\` as one that signs in to them: for a person, for itself,
and by what the specification does not demand. There each check of a scenario
counts once, and direct is SDK 2.x. \`authorization-server\` tests \`login.server\`, and direct is
a plain \`oidc-provider\`. The figures are checks, as \`test/conformance/figures.json\` has them.
\`test/conformance/expected-failures.json\` lists every check that does not pass,
direct or only through the gateway, with the reason.

${table}`
}

function renderElsewhere(): string {
  const rows = ELSEWHERE.map(({ client, config, mind }) => [
    client,
    config,
    mind,
  ])
  const table = renderTable([['client', 'URL and token', 'mind'], ...rows])
  return `No test of ours runs these. What stands here is what their vendors and users
report, mostly of autumn 2026, and may have changed since.

${table}

Call the gateway \`gateway\` in a client's config: a short key without \`_\` leaves
the most room for tool names. Many clients take a 401 that speaks of OAuth, or
any page under \`/.well-known/oauth-\`, as a demand to log in; the endpoint has
neither.`
}

const renderTable = (rows: readonly (readonly unknown[])[]): string =>
  rows
    .toSpliced(1, 0, rows[0]?.map(() => '---') ?? [])
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')

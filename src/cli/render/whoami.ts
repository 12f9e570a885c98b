// What a token is and may do, as text.
// In: an answer of the gateway. Out: text.
// INVARIANT: no text of a server can move the cursor or forge a line.

import type { OwnLimit, OwnTool, WhoAmI } from '../../contract/whoami.ts'
import { formatDuration } from '../../diagnostics/instants.ts'
import { count } from '../../diagnostics/report.ts'
import {
  joinPlain,
  type Plain,
  plain,
  plainLines,
} from '../../diagnostics/shown.ts'
import { alignRows, tabulate } from '../columns.ts'

export function renderWho(who: WhoAmI): Plain {
  const blocks = [
    renderHolder(who),
    renderServers(who),
    renderLimits(who.limits),
  ]
  return joinPlain(blocks, '\n')
}

function renderHolder(who: WhoAmI): Plain {
  const { subject, kind, team, roles, token, now } = who
  const left = Date.parse(token.expires) - Date.parse(now)
  const life = left > 0 ? `, in ${formatDuration(left)}` : ''
  const narrowed = token.narrowed ? ', for some of their tools' : ''
  return alignRows([
    ['Subject', kind === 'person' ? subject : `${subject} (${kind})`],
    ['Team', team ?? '-'],
    ['Roles', (roles.join(', ') || '-') + narrowed],
    ['Token', `${token.id}, expires ${token.expires}${life}`],
  ])
}

function renderServers({ servers, unlisted = [] }: WhoAmI): Plain {
  const others = unlisted.map((name) => `${name}: ${UNLISTED}`)
  if (servers.length === 0 && others.length > 0) return plainLines(others)
  if (servers.length === 0) {
    return plain`No tool: its roles allow none, or no server of theirs is up.\n`
  }
  const blocks = servers.map((server) => {
    const { name, tools, more, prompts, resources } = server
    const counts = [
      count(tools.length + more, 'tool'),
      ...(prompts > 0 ? [count(prompts, 'prompt')] : []),
      ...(resources > 0 ? [count(resources, 'resource')] : []),
    ]
    return plainLines([
      `${name}: ${counts.join(', ')}`,
      ...tools.map((tool) => `  ${tool.exposed}${describeTerms(tool)}`),
      ...(more > 0 ? [`  and ${more} more`] : []),
    ])
  })
  return joinPlain([...blocks, plainLines(others)])
}

const UNLISTED = 'no tools yet: it is starting, down or disabled'

function describeTerms({ only, never }: OwnTool): string {
  const terms = [
    ...(only.length > 0 ? [`when ${only.join(' or ')}`] : []),
    ...(never.length > 0 ? [`not when ${never.join(' or ')}`] : []),
  ]
  return terms.length === 0 ? '' : `  ${terms.join('; ')}`
}

function renderLimits(limits: readonly OwnLimit[]): Plain {
  if (limits.length === 0) return plain`No limit counts its calls.\n`
  return tabulate(
    ['LIMIT', 'ADMITS', 'LEFT NOW'],
    limits.map(({ name, rule, left, of, waitMs }) => [
      name,
      rule,
      waitMs > 0
        ? `0 of ${of}, again in ${Math.max(1, Math.ceil(waitMs / 1_000))} s`
        : `${left} of ${of}`,
    ]),
  )
}

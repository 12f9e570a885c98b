// The files of the month's folder, as its team would have them in git.
// In: a seed, where the servers are. Out: texts, and each subject's token.
// INVARIANT: a seed gives the same tokens; they are good nowhere else.

import { createHash } from 'node:crypto'
import { insertToken } from '../../../src/cli/tokens-file.ts'
import { formatToken } from '../../../src/table/token.ts'
import { lockText } from '../lock.ts'
import type { Chance } from '../trail/chance.ts'
import { DEVELOPERS, LEAVER, TOOLS } from './cast.ts'

/** `urlOf`: of a server by its name. */
export function writeConfig(urlOf: (server: string) => string): string {
  const servers = Object.keys(TOOLS).map(
    (name) => `    ${name}: http({ url: '${urlOf(name)}' }),`,
  )
  return `import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: {
${servers.join('\n')}
  },
  roles: {
    reader: {
      allow: {
        github: ['get_issue', 'search_code'],
        notes: ['read_note', 'search_notes'],
      },
    },
    engineer: {
      extends: ['reader'],
      allow: {
        github: ['create_issue', 'merge_pull_request'],
        linear: ['*'],
        notes: ['write_note'],
        sentry: ['*'],
        slack: ['search', 'post_message'],
        calendar: ['*'],
      },
    },
    operator: {
      extends: ['engineer'],
      allow: {
        files: ['read_file', 'list_folder', 'write_file'],
        github: ['delete_branch'],
      },
    },
    helper: {
      allow: {
        linear: ['get_issue', 'list_issues'],
        notes: ['*'],
        slack: ['search', 'post_message'],
      },
    },
    analyst: {
      extends: ['reader'],
      allow: { warehouse: ['list_tables', 'run_query'] },
    },
  },
  teams: {
    platform: { roles: ['operator'] },
    product: { roles: ['engineer'] },
    support: { roles: ['helper'] },
    data: { roles: ['analyst'] },
  },
  limits: {
    'linear-each': {
      on: { linear: ['*'] },
      calls: 60,
      per: 'minute',
      each: 'token',
    },
  },
  audit: { arguments: 'values' },
  tests: {
    'nobody drops a table': {
      team: 'data',
      allow: { warehouse: ['run_query'] },
      deny: { warehouse: ['drop_table'] },
    },
  },
})
`
}

export const writeLock = (): string => lockText(TOOLS)

/** The next config of the month: product loses what it may merge. */
export const tighten = (config: string): string =>
  config.replace("['create_issue', 'merge_pull_request']", "['create_issue']")

const DAY_MS = 86_400_000

export interface Holders {
  readonly text: string
  /** Token by subject. */
  readonly tokens: Readonly<Record<string, string>>
}

/** One each; the leaver has a second, and a job has one that it never used. */
export function issueTokens(chance: Chance): Holders {
  const tokens: Record<string, string> = {}
  let text = ''
  const add = (key: string, record: object, day: number, life: number) => {
    const id = Array.from({ length: 12 }, () => SIGNS[chance(36)]).join('')
    const token = formatToken(
      id,
      Uint8Array.from({ length: 32 }, () => chance(256)),
    )
    const created = Date.UTC(2026, 8, 8 + day, 9, chance(60))
    const spell = (at: number) => `${new Date(at).toISOString().slice(0, 19)}Z`
    tokens[key] = token
    text = insertToken(text, id, {
      ...(record as { subject: string; kind: 'person' }),
      sha256: createHash('sha256').update(token).digest('hex'),
      created: spell(created),
      expires: spell(created + life * DAY_MS),
    })
  }
  for (const [team, people] of Object.entries(DEVELOPERS)) {
    for (const subject of people) {
      add(subject, { subject, kind: 'person', team }, chance(40), 90)
    }
  }
  const scheduled = { subject: LEAVER, kind: 'ci', team: 'product' }
  const tools = { github: ['get_*'], linear: ['*'] }
  add(`${LEAVER} by night`, { ...scheduled, tools }, 40, 90)
  add('nightly', { subject: 'nightly', kind: 'ci', roles: ['reader'] }, 45, 90)
  return { text, tokens }
}

const SIGNS = 'abcdefghijklmnopqrstuvwxyz0123456789'

// Examples of the documentation, judged as `gateway check` would.
// In: members of defineGateway({ … }), a whole config, or a tokens file.
// Out: the codes of what is found.

import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { Test } from 'tap'
import { check } from '../../src/check/check.ts'
import { compile } from '../../src/compile.ts'
import type { Diagnostic } from '../../src/contract/diagnostic.ts'
import { hasErrors } from '../../src/diagnostics/report.ts'
import * as authoring from '../../src/index.ts'
import { link } from '../../src/link/link.ts'
import { runLints } from '../../src/link/lints/lint.ts'
import { loadTokens } from '../../src/load/tokens.ts'
import { buildArtefact } from '../../src/table/build.ts'
import { runExpectations } from '../../src/table/expect.ts'
import { makeFolder } from './gateway.ts'
import { lockServer } from './lock.ts'

/** What an example may take for granted. */
const SERVERS = `servers: {
  github: http({ url: 'https://example.com/mcp' }),
  files: stdio({ command: 'files-mcp' }),
},
`
const ROLES = `roles: { reader: {} }, teams: { docs: { roles: ['reader'] } },`

/** What the server `github` offers where an example takes a lock for granted. */
const LOCK = {
  formatVersion: 1,
  servers: {
    github: lockServer({
      get_issue: { readOnlyHint: true },
      list_issues: { readOnlyHint: true },
      delete_file: { destructiveHint: true },
      merge: {},
      fetch_page: { readOnlyHint: true, openWorldHint: true },
      read_note: { readOnlyHint: true, openWorldHint: false },
      post_comment: {
        readOnlyHint: false,
        destructiveHint: false,
        openWorldHint: true,
      },
    }),
  },
}

const NOW = Date.UTC(2026, 10, 22)

interface Kind {
  readonly language: 'json' | 'toml' | 'ts' | 'yaml'
  readonly locked: boolean
}

export async function judgeExample(
  t: Test,
  text: string,
  { language, locked }: Kind,
): Promise<readonly string[]> {
  // Lets the children of other examples be heard before their time is up.
  await setImmediate()
  if (language === 'toml') {
    const file = 'gateway.tokens.toml'
    const path = join(makeFolder(t, { [file]: text }), file)
    const { records, diagnostics } = await loadTokens(path, file)
    const found = [...diagnostics, ...judge(build(ROLES), records)]
    return found.map(({ code }) => code)
  }
  if (language !== 'ts' || /^(?:import|export|await)\b/m.test(text)) {
    return compileFiles(t, { [`gateway.config.${language}`]: text })
  }
  const lock = locked ? LOCK : undefined
  return judgeMembers(text, lock) ?? compileFiles(t, wrapFile(text))
}

/** Undefined where the syntax itself, or a key written twice, is the fault. */
function judgeMembers(
  text: string,
  lock: object | undefined,
): readonly string[] | undefined {
  const keys = [...text.matchAll(/^ {2}(\S+): \{/gm)].map(([, key]) => key)
  if (new Set(keys).size < keys.length) return undefined
  let authored: unknown
  try {
    authored = build(text)
  } catch {
    return undefined
  }
  return judge(authored, {}, lock).map(({ code }) => code)
}

/** What such members export. */
function build(members: string): unknown {
  const body = `return ({ ${withServers(members)} })`
  const names = Object.keys(authoring)
  return new Function(...names, body)(...Object.values(authoring))
}

/** The pure stages: without a process, which takes most of the time. */
function judge(
  authored: unknown,
  tokens: Readonly<Record<string, unknown>>,
  lock?: object,
): readonly Diagnostic[] {
  const tokensFile = 'gateway.tokens.toml'
  const { value, diagnostics } = check({
    authored,
    tokens,
    tokensFile,
    ...(lock && { lock }),
  })
  if (!value) return diagnostics
  const linked = link(value, () => '')
  const found = [...diagnostics, ...linked.diagnostics]
  if (!linked.value || hasErrors(found)) return found
  const levels = value.gateway.lints ?? {}
  return [
    ...found,
    ...runLints(linked.value, levels, NOW),
    ...runExpectations(buildArtefact(linked.value).table),
  ]
}

async function compileFiles(t: Test, files: Readonly<Record<string, string>>) {
  const more = {
    'roles.ts': 'export const roles = {}\n',
    'servers.json': '{}\n',
    'package.json': '{}\n',
  }
  const cwd = makeFolder(t, { ...files, ...more })
  const { diagnostics } = await compile({ cwd, now: NOW })
  return diagnostics.map(({ code }) => code)
}

function wrapFile(members: string) {
  return { 'gateway.config.ts': wrapMembers(withServers(members)) }
}

function wrapMembers(members: string): string {
  const names = Object.keys(authoring).join(', ')
  return `import { ${names} } from 'portcullis'
export default defineGateway({
${members}
})
`
}

function withServers(members: string): string {
  return /^servers:/m.test(members) ? members : SERVERS + members
}

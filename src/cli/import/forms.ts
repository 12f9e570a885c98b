// Which client wrote a file, and where in it the servers are.
// In: the value of a file. Out: each server with its form, its keys and inputs.
// INVARIANT: only the content decides, never the name of the file; a member
// that no form names is not read.

export interface Listed {
  /** Name of the client or of the form, for people. */
  readonly form: string
  readonly name: string
  readonly entry: unknown
  readonly path: readonly string[]
  /** Unit of `timeout`, in milliseconds. */
  readonly unit: number
  /** Only there, for the client: a folder of Claude Code. */
  readonly project?: string
  readonly isExcluded?: boolean
}

export type Members = Readonly<Record<string, unknown>>

export interface Section {
  readonly listed: readonly Listed[]
  /** What else of the file was to be read: `inputs`. */
  readonly inputs: readonly unknown[]
}

/** An object that is no list; of anything else, nothing. */
export function membersOf(value: unknown): Members {
  const isMap =
    typeof value === 'object' && value !== null && !Array.isArray(value)
  return isMap ? (value as Members) : {}
}

export function ownOf(value: unknown, ...keys: readonly string[]): unknown {
  return keys.reduce<unknown>((at, key) => {
    const members = membersOf(at)
    return Object.hasOwn(members, key) ? members[key] : undefined
  }, value)
}

type Find = (top: Members) => Section | undefined

/** The first that finds something in the file. */
const FORMS: readonly Find[] = [
  findRegistry,
  findDocker,
  findClaudeCode,
  findMaps,
  findBare,
]

export function listServers(value: unknown): Section | undefined {
  for (const find of FORMS) {
    const found = find(membersOf(value))
    if (found) return found
  }
  return undefined
}

/** Key → form, unit of `timeout`. A map of servers by name, or a list. */
const MAPS: readonly {
  readonly keys: readonly string[]
  readonly form: string
  readonly unit: number
  readonly inputs?: readonly string[]
}[] = [
  {
    keys: ['settings', 'mcp', 'servers'],
    form: 'VS Code workspace',
    unit: 1,
    inputs: ['settings', 'mcp', 'inputs'],
  },
  {
    keys: ['mcp', 'servers'],
    form: 'VS Code settings',
    unit: 1,
    inputs: ['mcp', 'inputs'],
  },
  {
    keys: ['customizations', 'vscode', 'mcp', 'servers'],
    form: 'dev container',
    unit: 1,
    inputs: ['customizations', 'vscode', 'mcp', 'inputs'],
  },
  { keys: ['servers'], form: 'VS Code', unit: 1, inputs: ['inputs'] },
  { keys: ['context_servers'], form: 'Zed', unit: 1000 },
  { keys: ['mcp_servers'], form: 'Codex', unit: 1000 },
  { keys: ['extensions'], form: 'Goose', unit: 1000 },
  { keys: ['mcpServers'], form: 'mcpServers', unit: 0, inputs: ['inputs'] },
  { keys: ['mcp'], form: 'OpenCode', unit: 1 },
]

function findMaps(top: Members): Section | undefined {
  const parts = MAPS.flatMap(({ keys, form, unit, inputs = [] }) => {
    const servers = ownOf(top, ...keys)
    const listed = listMap(servers, keys).map((one) => ({
      ...one,
      form: form === 'mcpServers' ? nameForm(top, servers) : form,
      unit: unit || unitOf(top, servers),
      isExcluded: isExcluded(top, one.name),
    }))
    const asked = ownOf(top, ...inputs)
    if (listed.length === 0) return []
    return [{ listed, inputs: Array.isArray(asked) ? asked : [] }]
  })
  // `mcp` of Gemini and of VS Code is not the `mcp` of OpenCode.
  const told = parts.length > 1 ? parts.filter(isNotOpenCode) : parts
  if (told.length === 0) return hasEmpty(top) ? NOTHING : undefined
  return {
    listed: told.flatMap(({ listed }) => listed),
    inputs: told.flatMap(({ inputs }) => inputs),
  }
}

const NOTHING: Section = { listed: [], inputs: [] }

function isNotOpenCode({ listed }: Section): boolean {
  return listed[0]?.form !== 'OpenCode'
}

function hasEmpty(top: Members): boolean {
  return MAPS.some(({ keys }) => typeof ownOf(top, ...keys) === 'object')
}

type Bare = Pick<Listed, 'name' | 'entry' | 'path'>

function listMap(servers: unknown, keys: readonly string[]): readonly Bare[] {
  if (Array.isArray(servers)) {
    return servers.map((entry, index) => {
      const name = ownOf(entry, 'name')
      const path = [...keys, String(index)]
      return {
        name: typeof name === 'string' ? name : path.join('-'),
        entry,
        path,
      }
    })
  }
  const isOpenCode = keys.length === 1 && keys[0] === 'mcp'
  return Object.entries(membersOf(servers))
    .filter(([, entry]) => !isOpenCode || isServer(entry))
    .map(([name, entry]) => ({ name, entry, path: [...keys, name] }))
}

/** Keys of which a server has at least one. */
const SIGNS = ['command', 'cmd', 'url', 'serverUrl', 'httpUrl', 'uri', 'sseUrl']

function isServer(entry: unknown): boolean {
  return SIGNS.some((key) => Object.hasOwn(membersOf(entry), key))
}

/** Keys that only one client has; the name is only for people. */
const MARKS: readonly (readonly [string, readonly string[]])[] = [
  ['Gemini', ['httpUrl', 'trust', 'includeTools', 'excludeTools']],
  ['Windsurf or Antigravity', ['serverUrl', 'disabledTools']],
  ['Cline or Roo Code', ['autoApprove', 'alwaysAllow']],
  ['Continue', ['requestOptions']],
  ['LibreChat', ['initTimeout', 'serverInstructions']],
]

function nameForm(top: Members, servers: unknown): string {
  const entries = Object.values(Object(servers)).map(membersOf)
  const has = (keys: readonly string[]) =>
    entries.some((entry) => keys.some((key) => Object.hasOwn(entry, key)))
  if (
    ['security', 'selectedAuthType', 'contextFileName'].some((key) =>
      Object.hasOwn(top, key),
    )
  ) {
    return 'Gemini'
  }
  const [found] = MARKS.find(([, keys]) => has(keys)) ?? []
  if (found !== undefined) return found
  const tools = entries.some(({ tools: listed }) => Array.isArray(listed))
  return tools ? 'Copilot CLI' : 'mcpServers'
}

/** Cline and Roo Code count seconds, others milliseconds. */
function unitOf(top: Members, servers: unknown): number {
  return /^Cline/.test(nameForm(top, servers)) ? 1000 : 1
}

/** Gemini: `mcp.excluded`, `mcp.allowed`. */
function isExcluded(top: Members, name: string): boolean {
  const excluded = ownOf(top, 'mcp', 'excluded')
  const allowed = ownOf(top, 'mcp', 'allowed')
  const isIn = (list: unknown) => Array.isArray(list) && list.includes(name)
  return isIn(excluded) || (Array.isArray(allowed) && !isIn(allowed))
}

/** ~/.claude.json: servers of the user, and of each project. */
function findClaudeCode(top: Members): Section | undefined {
  const projects = membersOf(top.projects)
  const own = listMap(top.mcpServers, ['mcpServers'])
  const theirs = Object.keys(projects).flatMap((project) => {
    const keys = ['projects', project, 'mcpServers']
    return listMap(ownOf(top, ...keys), keys).map((one) => ({
      ...one,
      project,
      isExcluded: [ownOf(top, 'projects', project, 'disabledMcpServers')]
        .flat()
        .includes(one.name),
    }))
  })
  if (theirs.length === 0) return undefined
  const listed = [...own, ...theirs].map((one) => ({
    ...one,
    form: 'Claude Code',
    unit: 1,
  }))
  return { listed, inputs: [] }
}

/** server.json of the MCP registry, or an answer of its API. */
function findRegistry(top: Members): Section | undefined {
  const answers = Array.isArray(top.servers) ? top.servers : []
  const many = answers.map((one, index) => {
    const inner = ownOf(one, 'server') ?? one
    const path = ['servers', String(index)]
    return [inner, ownOf(one, 'server') ? [...path, 'server'] : path] as const
  })
  const inside = Object.hasOwn(top, 'server')
  const own: readonly [unknown, readonly string[]] = inside
    ? [top.server, ['server']]
    : [top, []]
  const all = many.length > 0 ? many : [own]
  const listed = all
    .filter(([one]) => {
      const { packages, remotes, name } = membersOf(one)
      const has = Array.isArray(packages) || Array.isArray(remotes)
      return has && typeof name === 'string'
    })
    .map(([entry, path]) => {
      const name = String(membersOf(entry).name)
      return { form: 'MCP registry', name, entry, path, unit: 1 }
    })
  return listed.length === 0 ? undefined : { listed, inputs: [] }
}

/** A catalogue of Docker, or one server.yaml of its registry. */
function findDocker(top: Members): Section | undefined {
  const form = 'Docker catalogue'
  const registry = listMap(top.registry, ['registry'])
  const own =
    typeof top.name === 'string' &&
    (typeof top.image === 'string' || typeof top.remote === 'object') &&
    ['server', 'remote', 'poci'].includes(String(top.type))
      ? [{ name: top.name, entry: top, path: [] }]
      : []
  const listed = [...registry, ...own].map((one) => ({ ...one, form, unit: 1 }))
  return listed.length === 0 ? undefined : { listed, inputs: [] }
}

/** A map of servers without a key around it, or one server. */
function findBare(top: Members): Section | undefined {
  const form = 'a map of servers'
  if (isServer(top)) {
    const name = typeof top.name === 'string' ? top.name : 'server'
    return {
      listed: [{ form, name, entry: top, path: [], unit: 1 }],
      inputs: [],
    }
  }
  const listed = listMap(top, []).map((one) => ({ ...one, form, unit: 1 }))
  const fits = listed.length > 0 && listed.every(({ entry }) => isServer(entry))
  return fits ? { listed, inputs: [] } : undefined
}

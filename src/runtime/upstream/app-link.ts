// Reads the user interface of a tool's definition (MCP Apps, 2026-01-26).
// INVARIANT: only `ui://` resources; nothing is fetched.

export interface AppLink {
  readonly resource: string | undefined
  /** Whether its app may call it; the default is yes. */
  readonly callable: boolean
}

export function readAppLink(bytes: Buffer): AppLink | undefined {
  if (!bytes.includes('"ui')) return undefined
  const { _meta } = JSON.parse(bytes.toString()) as { readonly _meta?: unknown }
  const meta = Object(_meta) as Record<string, unknown>
  const ui = Object(meta.ui) as Record<string, unknown>
  // The second is the name of an earlier draft.
  const named = ui.resourceUri ?? meta['ui/resourceUri']
  if (meta.ui === undefined && named === undefined) return undefined
  const isUi = typeof named === 'string' && named.startsWith('ui://')
  const { visibility } = ui
  const callable = !Array.isArray(visibility) || visibility.includes('app')
  return { resource: isUi ? named : undefined, callable }
}

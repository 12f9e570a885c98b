// The members of definitions that clients of each era accept: the MCP schemas
// of 2024-11-05 to 2026-07-28 and checks of the official SDKs.
// INVARIANT: only data; members that no shape names are passed on unchanged.

import type { Era } from '../message/methods.ts'

/** `fraction`: a number from 0 to 1. `instant`: an ISO 8601 instant; other
 * strings are removed. `subschema`: an object; JSON Schema also allows `true`
 * and `false`. */
export type Shape =
  | 'string'
  | 'boolean'
  | 'integer'
  | 'fraction'
  | 'instant'
  | 'object'
  | 'subschema'
  | 'any'
  | { readonly oneOf: readonly string[] }
  | { readonly items: Shape }
  | { readonly values: Shape }
  | Members

/** An object; members that are not `needed` may be absent. */
export interface Members {
  readonly members: Readonly<Record<string, Shape>>
  readonly needed: readonly string[]
}

export type ListKey = 'tools' | 'prompts' | 'resources' | 'templates'

const STRINGS: Shape = { items: 'string' }

const ICON: Shape = {
  members: {
    src: 'string',
    mimeType: 'string',
    sizes: STRINGS,
    theme: { oneOf: ['light', 'dark'] },
  },
  needed: ['src'],
}

const BASE = {
  name: 'string',
  title: 'string',
  description: 'string',
  icons: { items: ICON },
  _meta: 'object',
} as const satisfies Record<string, Shape>

const HINTS: Shape = {
  members: {
    title: 'string',
    readOnlyHint: 'boolean',
    destructiveHint: 'boolean',
    idempotentHint: 'boolean',
    openWorldHint: 'boolean',
  },
  needed: [],
}

const OBJECT_TYPE: Shape = { oneOf: ['object'] }

/** The schema of arguments and results in the legacy era. */
export const OBJECT_SCHEMA: Members = {
  members: {
    $schema: 'string',
    type: OBJECT_TYPE,
    properties: { values: 'subschema' },
    required: STRINGS,
  },
  needed: ['type'],
}

const LEGACY_TOOL: Members = {
  members: {
    ...BASE,
    annotations: HINTS,
    execution: {
      members: {
        taskSupport: { oneOf: ['required', 'optional', 'forbidden'] },
      },
      needed: [],
    },
    inputSchema: OBJECT_SCHEMA,
    outputSchema: 'object',
  },
  needed: ['name', 'inputSchema'],
}

const MODERN_TOOL: Members = {
  members: {
    ...BASE,
    annotations: HINTS,
    inputSchema: {
      members: {
        $schema: 'string',
        type: OBJECT_TYPE,
        properties: 'any',
        required: 'any',
      },
      needed: ['type'],
    },
    outputSchema: { members: { $schema: 'string' }, needed: [] },
  },
  needed: ['name', 'inputSchema'],
}

const PROMPT: Members = {
  members: {
    ...BASE,
    arguments: {
      items: {
        members: {
          name: 'string',
          title: 'string',
          description: 'string',
          required: 'boolean',
        },
        needed: ['name'],
      },
    },
  },
  needed: ['name'],
}

const ABOUT_RESOURCES = {
  ...BASE,
  mimeType: 'string',
  annotations: {
    members: {
      audience: { items: { oneOf: ['user', 'assistant'] } },
      priority: 'fraction',
      lastModified: 'instant',
    },
    needed: [],
  },
} as const satisfies Record<string, Shape>

const RESOURCE: Members = {
  members: { ...ABOUT_RESOURCES, uri: 'string', size: 'integer' },
  needed: ['uri', 'name'],
}

const TEMPLATE: Members = {
  members: { ...ABOUT_RESOURCES, uriTemplate: 'string' },
  needed: ['uriTemplate', 'name'],
}

const OTHERS = { prompts: PROMPT, resources: RESOURCE, templates: TEMPLATE }

export const SHAPES: Readonly<Record<Era, Readonly<Record<ListKey, Members>>>> =
  Object.freeze({
    legacy: { tools: LEGACY_TOOL, ...OTHERS },
    modern: { tools: MODERN_TOOL, ...OTHERS },
  })

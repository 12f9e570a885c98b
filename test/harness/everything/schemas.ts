// Tools whose point is their input schema.
// In: a server. Out: its tools, registered.

import { fromJsonSchema, type McpServer } from '@modelcontextprotocol/server'
import { z } from 'zod'
import { text } from './content.ts'

const DIALECT = 'https://json-schema.org/draft/2020-12/schema'

/** Compiled once: each request of 2026-07-28 has a server of its own. */
const CONTACT = fromJsonSchema<object>({
  $schema: DIALECT,
  type: 'object',
  $defs: {
    address: {
      $anchor: 'addressDef',
      type: 'object',
      properties: {
        street: { type: 'string' },
        city: { type: 'string' },
      },
    },
  },
  properties: {
    name: { type: 'string' },
    address: { $ref: '#/$defs/address' },
    contactMethod: { type: 'string', enum: ['phone', 'email'] },
    phone: { type: 'string' },
    email: { type: 'string' },
  },
  allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
  if: {
    properties: { contactMethod: { const: 'phone' } },
    required: ['contactMethod'],
  },
  // biome-ignore lint/suspicious/noThenProperty: a word of JSON Schema
  then: { required: ['phone'] },
  else: { required: ['email'] },
  additionalProperties: false,
})

const MIRRORED = z.object({
  region: z.string().optional().meta({ 'x-mcp-header': 'Region' }),
  shards: z.int().optional().meta({ 'x-mcp-header': 'Shards' }),
  dry: z.boolean().optional().meta({ 'x-mcp-header': 'Dry' }),
  query: z.string().optional(),
})

export function registerSchemas(server: McpServer): void {
  server.registerTool(
    'json_schema_2020_12_tool',
    {
      description: 'Takes a contact by phone or by mail',
      inputSchema: CONTACT,
    },
    (contact) => ({ content: [text(JSON.stringify(contact))] }),
  )
  server.registerTool(
    'test_x_mcp_header',
    {
      description: 'Takes arguments that clients mirror into headers',
      inputSchema: MIRRORED,
    },
    (given) => ({ content: [text(JSON.stringify(given))] }),
  )
}

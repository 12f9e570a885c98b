// What the everything-server's tools and prompts answer with: every content
// type of MCP, and an error.
// In: a server. Out: its tools, registered; the bytes others reuse.

import type { McpServer } from '@modelcontextprotocol/server'
import { z } from 'zod'

/** A PNG of one pixel. */
export const IMAGE = {
  type: 'image' as const,
  data: 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==',
  mimeType: 'image/png',
}

/** A WAV that holds no sample. */
const AUDIO = {
  type: 'audio' as const,
  data: 'UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=',
  mimeType: 'audio/wav',
}

export const text = (text: string) => ({ type: 'text' as const, text })

export const embed = (uri: string, mimeType: string, text: string) => ({
  type: 'resource' as const,
  resource: { uri, mimeType, text },
})

export function registerContent(server: McpServer): void {
  const tools = {
    test_simple_text: [text('This is a simple text response for testing.')],
    test_image_content: [IMAGE],
    test_audio_content: [AUDIO],
    test_embedded_resource: [
      embed(
        'test://embedded-resource',
        'text/plain',
        'This is an embedded resource content.',
      ),
    ],
    test_multiple_content_types: [
      text('Multiple content types test:'),
      IMAGE,
      embed(
        'test://mixed-content-resource',
        'application/json',
        JSON.stringify({ test: 'data', value: 123 }),
      ),
    ],
  }
  for (const [name, content] of Object.entries(tools)) {
    const description = `Answers with ${content.map(({ type }) => type).join(', ')}`
    server.registerTool(name, { description }, () => ({ content }))
  }
  // Some scenarios call whatever is listed first.
  server.registerTool('about', { description: 'Says what this is' }, () => ({
    content: [text('A server that has everything.')],
  }))
  server.registerTool(
    'greet',
    { description: 'Greets', inputSchema: z.object({ name: z.string() }) },
    ({ name }) => ({ content: [text(`Hello, ${name}!`)] }),
  )
  server.registerTool(
    'test_error_handling',
    { description: 'Always fails' },
    () => {
      throw new Error('This tool intentionally returns an error for testing')
    },
  )
}

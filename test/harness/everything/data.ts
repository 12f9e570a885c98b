// Resources, a template and prompts of the everything-server, with completion.
// In: a server. Out: both, registered.

import {
  completable,
  type McpServer,
  ResourceTemplate,
} from '@modelcontextprotocol/server'
import { z } from 'zod'
import { embed, IMAGE, text } from './content.ts'

export const WATCHED = 'test://watched-resource'

const CITIES = ['paris', 'park', 'party', 'testville']

const complete = (value: string) =>
  CITIES.filter((one) => one.startsWith(value))

export function registerResources(server: McpServer): void {
  const register = (name: string, uri: string, contents: object) =>
    server.registerResource(
      name,
      uri,
      { description: `Resource ${name}`, ...contents },
      ({ href }) => ({ contents: [{ uri: href, ...bodyOf(name) }] }),
    )
  register('static-text', 'test://static-text', { mimeType: 'text/plain' })
  register('static-binary', 'test://static-binary', { mimeType: 'image/png' })
  register('watched-resource', WATCHED, { mimeType: 'text/plain' })
  server.registerResource(
    'template',
    new ResourceTemplate('test://template/{id}/data', {
      list: undefined,
      complete: { id: complete },
    }),
    { description: 'Data of one id', mimeType: 'application/json' },
    ({ href }, { id }) => {
      const data = { id, templateTest: true, data: `Data for ID: ${id}` }
      const mimeType = 'application/json'
      return {
        contents: [{ uri: href, mimeType, text: JSON.stringify(data) }],
      }
    },
  )
}

function bodyOf(name: string) {
  if (name === 'static-binary') {
    return { mimeType: IMAGE.mimeType, blob: IMAGE.data }
  }
  return { mimeType: 'text/plain', text: `This is the content of ${name}.` }
}

export function registerPrompts(server: McpServer): void {
  const say = (...contents: readonly Content[]) => ({
    messages: contents.map((content) => ({ role: 'user' as const, content })),
  })
  server.registerPrompt(
    'test_simple_prompt',
    { description: 'Takes nothing' },
    () => say(text('This is a simple prompt for testing.')),
  )
  server.registerPrompt(
    'test_prompt_with_arguments',
    {
      description: 'Takes two arguments',
      argsSchema: z.object({
        arg1: completable(z.string(), complete),
        arg2: completable(z.string(), complete),
      }),
    },
    ({ arg1, arg2 }) =>
      say(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)),
  )
  server.registerPrompt(
    'test_prompt_with_embedded_resource',
    {
      description: 'Embeds the resource it is given',
      argsSchema: z.object({ resourceUri: z.string() }),
    },
    ({ resourceUri }) =>
      say(
        embed(resourceUri, 'text/plain', 'Embedded content for testing.'),
        text('Please process the embedded resource above.'),
      ),
  )
  server.registerPrompt(
    'test_prompt_with_image',
    { description: 'Shows an image' },
    () => say(IMAGE, text('Please analyze the image above.')),
  )
}

type Content = ReturnType<typeof text> | ReturnType<typeof embed> | typeof IMAGE

// What changes while the everything-server runs: a tool and a prompt that come
// and go, a resource that is touched.
// In: a server, the state all servers share. Out: tools that change it.
// INVARIANT: what is announced as changed has changed.

import type { McpServer, ServerNotifier } from '@modelcontextprotocol/server'
import { text } from './content.ts'
import { WATCHED } from './data.ts'

interface Watcher {
  readonly server: McpServer
  readonly tool: Toggle
  readonly prompt: Toggle
  readonly uris: Set<string>
}

interface Toggle {
  enable(): void
  disable(): void
}

/** Shared by all sessions and all stateless requests of one process. */
export interface World {
  tool: boolean
  prompt: boolean
  /** Calls that wait to be cancelled, and those that were. */
  waiting: number
  cancelled: number
  /** Legacy sessions: each is told by its own server. */
  readonly watchers: Set<Watcher>
  /** Modern streams are told together. */
  notifier: ServerNotifier | null
}

export const makeWorld = (): World => ({
  tool: false,
  prompt: false,
  waiting: 0,
  cancelled: 0,
  watchers: new Set(),
  notifier: null,
})

/** Registers what changes; with `lasting`, follows changes until `forget`. */
export function registerChanges(
  server: McpServer,
  world: World,
  lasting: boolean,
): { forget(): void } {
  const tool = server.registerTool(
    'test_changing_tool',
    { description: 'Comes and goes' },
    () => ({ content: [text('Here now')] }),
  )
  const prompt = server.registerPrompt(
    'test_changing_prompt',
    { description: 'Comes and goes' },
    () => ({ messages: [{ role: 'user', content: text('Here now') }] }),
  )
  set(tool, world.tool)
  set(prompt, world.prompt)
  const watcher = { server, tool, prompt, uris: new Set<string>() }
  if (lasting) {
    world.watchers.add(watcher)
    follow(server, watcher.uris)
  }
  registerTriggers(server, world)
  registerWaiting(server, world)
  return { forget: () => world.watchers.delete(watcher) }
}

function set(toggle: Toggle, on: boolean): void {
  if (on) toggle.enable()
  else toggle.disable()
}

function registerTriggers(server: McpServer, world: World): void {
  const trigger = (name: string, description: string, run: () => void) =>
    server.registerTool(name, { description }, () => {
      run()
      return { content: [text('Done')] }
    })
  // Of a connected server, enable and disable also announce.
  trigger('test_trigger_tool_change', 'Changes the list of tools', () => {
    world.tool = !world.tool
    for (const { tool } of world.watchers) set(tool, world.tool)
    world.notifier?.toolsChanged()
  })
  trigger('test_trigger_prompt_change', 'Changes the list of prompts', () => {
    world.prompt = !world.prompt
    for (const { prompt } of world.watchers) set(prompt, world.prompt)
    world.notifier?.promptsChanged()
  })
  trigger('test_touch_resource', 'Touches the watched resource', () => {
    for (const { server, uris } of world.watchers) {
      if (!uris.has(WATCHED)) continue
      // A client that has gone needs no news.
      server.server.sendResourceUpdated({ uri: WATCHED }).catch(() => {})
    }
    world.notifier?.resourceUpdated(WATCHED)
  })
}

function registerWaiting(server: McpServer, world: World): void {
  server.registerTool(
    'test_wait_for_cancellation',
    { description: 'Ends when its client has cancelled it' },
    async ({ mcpReq: { signal } }) => {
      world.waiting++
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      world.cancelled++
      return { content: [text('Cancelled')] }
    },
  )
  server.registerTool(
    'test_count_cancelled',
    { description: 'Says how many calls waited, and how many were cancelled' },
    () => ({ content: [text(`${world.waiting} ${world.cancelled}`)] }),
  )
}

function follow({ server }: McpServer, uris: Set<string>): void {
  server.setRequestHandler('resources/subscribe', ({ params }) => {
    uris.add(params.uri)
    return {}
  })
  server.setRequestHandler('resources/unsubscribe', ({ params }) => {
    uris.delete(params.uri)
    return {}
  })
}

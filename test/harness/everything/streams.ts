// Tools that say something before they answer: log messages, progress, and a
// stream that ends early.
// In: a server. Out: its tools, registered.

import { setTimeout } from 'node:timers/promises'
import type { McpServer } from '@modelcontextprotocol/server'
import { text } from './content.ts'

/** Between two messages; long enough to arrive apart. */
const PAUSE_MS = 50

export function registerStreams(server: McpServer): void {
  server.registerTool(
    'test_tool_with_logging',
    { description: 'Logs three times' },
    async ({ mcpReq }) => {
      await mcpReq.log('info', 'Tool execution started')
      await setTimeout(PAUSE_MS)
      await mcpReq.log('info', 'Tool processing data')
      await setTimeout(PAUSE_MS)
      await mcpReq.log('info', 'Tool execution completed')
      return { content: [text('Logged three times')] }
    },
  )
  server.registerTool(
    'test_logging_tool',
    { description: 'Logs once' },
    async ({ mcpReq }) => {
      await mcpReq.log('info', 'Only for those who asked for logs')
      return { content: [text('Logged once')] }
    },
  )
  server.registerTool(
    'test_tool_with_progress',
    { description: 'Tells its progress three times' },
    async ({ mcpReq }) => {
      const progressToken = mcpReq._meta?.progressToken
      for (const progress of [0, 50, 100]) {
        if (progress > 0) await setTimeout(PAUSE_MS)
        if (progressToken === undefined) continue
        await mcpReq.notify({
          method: 'notifications/progress',
          params: { progressToken, progress, total: 100 },
        })
      }
      return { content: [text(`Progress token: ${progressToken}`)] }
    },
  )
  server.registerTool(
    'test_reconnection',
    { description: 'Ends its stream and answers to the one that returns' },
    async ({ http }) => {
      http?.closeSSE?.()
      await setTimeout(2 * PAUSE_MS)
      return { content: [text('The client came back')] }
    },
  )
}

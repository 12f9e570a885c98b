// What a client, a token and a call show, all of whose texts are one given text.
// In: a text. Out: what each renderer takes.

import type { Client } from '../../src/cli/clients/client.ts'
import { findClient } from '../../src/cli/clients/clients.ts'
import { judgeTools } from '../../src/cli/clients/look.ts'
import type { Connected } from '../../src/cli/clients/render.ts'
import type { Called } from '../../src/cli/verbs/call/called.ts'
import type { WhoAmI } from '../../src/contract/whoami.ts'
import { recordOf, TIME } from './report-scenes.ts'

export function whoOf(text: string): WhoAmI {
  return {
    subject: text,
    kind: 'ci',
    team: text,
    roles: [text],
    token: { id: text, created: TIME, expires: text, narrowed: true },
    now: TIME,
    servers: [
      {
        name: text,
        title: text,
        tools: [{ name: text, exposed: text, only: [text], never: [text] }],
        more: 1,
        prompts: 1,
        resources: 1,
      },
    ],
    unlisted: [text],
    limits: [
      {
        name: text,
        rule: text,
        mode: 'enforce',
        counts: 1,
        left: 0,
        of: 1,
        waitMs: 1,
      },
    ],
  }
}

export function connectedOf(text: string): Connected {
  const client = findClient('gemini') as Client
  const schema = { additionalProperties: false }
  const tool = { name: text, inputSchema: schema }
  return {
    client,
    url: 'https://gateway.example/mcp',
    file: { path: text, did: 'changed', backup: text },
    seen: {
      who: whoOf(text),
      protocol: text,
      tools: 1,
      remarks: judgeTools(client, [tool]),
      signIns: [text],
    },
  }
}

/** One line each: the lines of a text of a tool are its own. */
export function calledOf(text: string): Called {
  const content = [
    { type: 'image', mimeType: text, data: '' },
    { type: 'resource_link', uri: text, name: text },
    { type: 'resource', resource: { uri: text, mimeType: text, blob: '' } },
    { type: text },
  ]
  const messages = [{ role: text, content: content[0] }]
  const message = { jsonrpc: '2.0', id: 1, result: { content, messages } }
  const answer = { status: 200, headers: {}, text: '', message }
  return {
    answer: answer as Called['answer'],
    requestId: text,
    record: recordOf(text) as never,
    trail: text,
    problem: text,
  }
}

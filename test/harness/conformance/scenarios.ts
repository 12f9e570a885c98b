// What a client does in each scenario of the suite's client mode.
// In: a connected client, the scenario, what the suite says about it. Out: it
// has been done; the suite judges.

/** A client of either SDK, as far as a scenario needs it. */
export interface Played {
  listTools(): Promise<{ readonly tools: readonly Tool[] }>
  callTool(call: Call): Promise<unknown>
  listResources(): Promise<{
    readonly resources: readonly { readonly uri: string }[]
  }>
  readResource(which: { uri: string }): Promise<unknown>
  listPrompts(): Promise<{
    readonly prompts: readonly { readonly name: string }[]
  }>
  getPrompt(which: { name: string }): Promise<unknown>
}

interface Tool {
  readonly name: string
  readonly inputSchema: Readonly<Record<string, unknown>>
}

interface Call {
  readonly name: string
  readonly arguments: Record<string, unknown>
}

/** Calls that the suite asks for by its environment. */
interface Context {
  readonly toolCalls?: readonly Call[]
}

export async function play(
  client: Played,
  scenario: string,
  context: Context,
): Promise<void> {
  const { tools } = await client.listTools()
  const act = ACTS[scenario]
  if (act) return act(client, tools, context)
  for (const { name } of tools) await client.callTool({ name, arguments: {} })
}

type Act = (
  client: Played,
  tools: readonly Tool[],
  context: Context,
) => Promise<void>

const ACTS: Readonly<Record<string, Act>> = {
  tools_call: async (client) => {
    await client.callTool({ name: 'add_numbers', arguments: { a: 5, b: 3 } })
  },

  'http-standard-headers': async (client, tools) => {
    for (const { name } of tools) await client.callTool({ name, arguments: {} })
    for (const { uri } of (await client.listResources()).resources) {
      await client.readResource({ uri })
    }
    for (const { name } of (await client.listPrompts()).prompts) {
      await client.getPrompt({ name })
    }
  },

  'http-custom-headers': async (client, _, { toolCalls = [] }) => {
    for (const call of toolCalls) await client.callTool(call)
  },

  'http-invalid-tool-headers': async (client, tools) => {
    for (const { name, inputSchema } of tools) {
      const keys = Object.keys(inputSchema.properties ?? {})
      const given = Object.fromEntries(keys.map((key) => [key, 'x']))
      await client.callTool({ name, arguments: given })
    }
  },

  'sep-2322-client-request-state': async (client, tools) => {
    // All at once, so that one could get what belongs to another. One of them
    // has a result that this client refuses: it must not end the others.
    await Promise.allSettled(
      tools.map(({ name }) => client.callTool({ name, arguments: {} })),
    )
  },

  'json-schema-ref-no-deref': async (client, tools) => {
    // Whoever follows a reference does so once the tools are listed: before a
    // call reaches the server, and a request of the same kind the host.
    for (const { name, inputSchema } of tools) {
      await client.callTool({ name, arguments: {} }).catch(() => {})
      const [, origin] = /"\$ref":"(http:[/]{2}[^/]+)/.exec(
        JSON.stringify(inputSchema),
      ) ?? ['', '']
      await fetch(`${origin}/after`)
    }
  },

  'json-schema-2020-12-preservation': async (client, tools) => {
    const schema = tools.find(({ name }) => !name.endsWith('_echo'))
    const call = { schema: schema?.inputSchema }
    await client.callTool({ name: 'json_schema_echo', arguments: call })
  },
}

// Tool names per server, for the editor: filled by declaration merging from
// the generated gateway-env.d.ts (design §5).
// INVARIANT: empty here; without a lock any tool name is a string.

/** Server name → union of its locked tool names. */
// biome-ignore lint/suspicious/noEmptyInterface: merged into by generated code
export interface GatewayTools {}

/** A locked tool name, or a pattern with `*`. */
export type ToolPattern<Server extends string> =
  Server extends keyof GatewayTools
    ? (GatewayTools[Server] & string) | `${string}*${string}`
    : string

// Tool names of each server, for the editor: the generated gateway-env.d.ts
// adds them by declaration merging.
// INVARIANT: empty here; without a lock any tool name is a string.

/** Server name → union of its locked tool names. */
// biome-ignore lint/suspicious/noEmptyInterface: merged into by generated code
export interface GatewayTools {}

/** A tool by the server's own name; only a locked one if there is a lock. */
export type ToolName<Server extends string> = Server extends keyof GatewayTools
  ? GatewayTools[Server] & string
  : string

/** A tool's name, or a pattern with `*`. */
export type ToolPattern<Server extends string> =
  Server extends keyof GatewayTools
    ? (GatewayTools[Server] & string) | `${string}*${string}`
    : string

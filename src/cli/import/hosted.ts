// Hosted servers to which people sign in, and how their operators let them.
// In: the address of a server. Out: what is known of it, or undefined.
// INVARIANT: from the operators' own pages, as of AS_OF; never asked over the
// network, so a server that is not here is not known to be open.

export const AS_OF = '2026-08'

export interface Hosted {
  readonly host: string
  readonly operator: string
  /** `only`: no credential that does not change is accepted. */
  readonly signIn: 'only' | 'possible'
  /** Registers no client that it does not know: the gateway needs an id. */
  readonly needsClient?: true
  /** How a credential that does not change is sent. */
  readonly header?: string
}

const HOSTED: readonly Hosted[] = [
  {
    host: 'api.githubcopilot.com',
    operator: 'GitHub',
    signIn: 'possible',
    needsClient: true,
    header: 'authorization: bearer',
  },
  {
    host: 'mcp.linear.app',
    operator: 'Linear',
    signIn: 'possible',
    header: 'authorization: bearer',
  },
  {
    host: 'mcp.sentry.dev',
    operator: 'Sentry',
    signIn: 'possible',
    header: "authorization: scheme('Sentry-Bearer')",
  },
  {
    host: 'mcp.stripe.com',
    operator: 'Stripe',
    signIn: 'possible',
    header: 'authorization: bearer',
  },
  {
    host: 'mcp.atlassian.com',
    operator: 'Atlassian',
    signIn: 'possible',
    header: 'authorization: basic or bearer',
  },
  {
    host: 'mcp.slack.com',
    operator: 'Slack',
    signIn: 'only',
    needsClient: true,
  },
  { host: 'mcp.notion.com', operator: 'Notion', signIn: 'only' },
  { host: 'gitlab.com', operator: 'GitLab', signIn: 'only' },
  {
    host: 'mcp.figma.com',
    operator: 'Figma',
    signIn: 'only',
    needsClient: true,
  },
  {
    host: 'mcp.asana.com',
    operator: 'Asana',
    signIn: 'only',
    needsClient: true,
  },
  {
    host: 'mcp.vercel.com',
    operator: 'Vercel',
    signIn: 'only',
    needsClient: true,
  },
  {
    host: 'mcp.hubspot.com',
    operator: 'HubSpot',
    signIn: 'only',
    needsClient: true,
  },
  {
    host: 'mcp.cloudflare.com',
    operator: 'Cloudflare',
    signIn: 'possible',
    header: 'authorization: bearer',
  },
  {
    host: 'mcp.supabase.com',
    operator: 'Supabase',
    signIn: 'possible',
    header: 'authorization: bearer',
  },
  { host: 'mcp.paypal.com', operator: 'PayPal', signIn: 'only' },
  { host: 'mcp.squareup.com', operator: 'Square', signIn: 'only' },
  { host: 'mcp.monday.com', operator: 'monday', signIn: 'only' },
  { host: 'mcp.wix.com', operator: 'Wix', signIn: 'only' },
  { host: 'mcp.webflow.com', operator: 'Webflow', signIn: 'only' },
  { host: 'mcp.canva.com', operator: 'Canva', signIn: 'only' },
  { host: 'mcp.miro.com', operator: 'Miro', signIn: 'only' },
]

export function findHosted(url: string): Hosted | undefined {
  if (!URL.canParse(url)) return undefined
  const { hostname } = new URL(url)
  return HOSTED.find(({ host }) => host === hostname)
}

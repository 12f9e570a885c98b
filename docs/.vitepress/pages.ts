// The pages of the site, in the order of a reader.
// In: nothing. Out: the groups of the sidebar.
// INVARIANT: every page of docs/ is in exactly one group; test/cli/site.ts checks that.

export interface SitePage {
  /** A file, from the root of the repository. */
  readonly file: string
  /** What the sidebar calls it; the page itself may have a longer heading. */
  readonly text: string
}

export interface PageGroup {
  readonly text: string
  readonly pages: readonly SitePage[]
}

export const HOME = 'docs/README.md'

function docs(name: string, text: string): SitePage {
  return { file: `docs/${name}.md`, text }
}

function top(name: string, text: string): SitePage {
  return { file: `${name}.md`, text }
}

export const GROUPS: readonly PageGroup[] = [
  {
    text: 'Start',
    pages: [
      { file: HOME, text: 'Overview' },
      docs('getting-started', 'Getting started'),
      docs('clients', 'Connect a client'),
      docs('comparison', 'Comparison'),
    ],
  },
  {
    text: 'Guides',
    pages: [
      docs('writing', 'Write a config'),
      docs('cookbook', 'Cookbook'),
      docs('conditions', 'Conditions on arguments'),
      docs('review', 'Review'),
      docs('tokens', 'Tokens'),
      docs('secrets', 'Secrets and state'),
      docs('oauth', 'Sign-in to servers'),
      docs('login', 'The company’s login'),
      docs('login-server', 'An authorization server'),
      docs('outward', 'Proxies and certificates'),
      docs('embedding', 'Embedding'),
    ],
  },
  {
    text: 'Reference',
    pages: [
      docs('config', 'Config'),
      docs('cli', 'Command line'),
      docs('terminal', 'Terminal and JSON'),
      docs('codes', 'Diagnostics'),
      docs('metrics', 'Metrics'),
      docs('compatibility', 'Compatibility'),
      docs('bridges', 'Between the eras'),
    ],
  },
  {
    text: 'Operations',
    pages: [
      docs('deploy', 'Deploy'),
      docs('operations', 'Operate'),
      top('CHANGELOG', 'Changes'),
    ],
  },
  {
    text: 'Security and code',
    pages: [
      top('SECURITY', 'Security'),
      docs('architecture', 'Architecture'),
      top('CONTRIBUTING', 'Contributing'),
    ],
  },
]

export const PAGES: readonly SitePage[] = GROUPS.flatMap(({ pages }) => pages)

/** The place of a page on the site, without an ending: `/oauth`. */
export function findRoute(file: string): string | undefined {
  if (file === HOME || file === 'README.md') return '/'
  if (!PAGES.some((page) => page.file === file)) return undefined
  const name = file.replace(/^docs\//, '').replace(/\.md$/, '')
  return `/${name.toLowerCase()}`
}

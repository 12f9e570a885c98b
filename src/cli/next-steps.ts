// The commands that come next, as the user can type them here.
// In: the environment, what was written. Out: lines.
// INVARIANT: each line may be pasted into a shell: a command, or a comment.

import { quoteShell } from './clients/rows.ts'
import type { Io } from './verb.ts'

/** The command as it was started: in a folder that installed the package, it
 * is not in PATH. */
export function nameCommand(env: Io['env']): string {
  const { npm_command: command, npm_config_user_agent: agent = '' } = env
  if (/^(?:pnpm|yarn|bun)\//.test(agent)) {
    return `${agent.slice(0, agent.indexOf('/'))} gateway`
  }
  if (command !== 'exec') return 'gateway'
  // Without an install, `npx gateway` is a package of somebody else.
  const isOurs = /^["']?portcullis\b/.test(env.npm_lifecycle_script ?? '')
  return isOurs ? 'npx portcullis' : 'npx gateway'
}

export interface Written {
  /** Names of variables whose values nobody has written yet. */
  readonly secrets: readonly string[]
  /** A token was issued already. */
  readonly hasToken?: boolean
}

export interface Here {
  readonly env: Io['env']
  /** Of what was written, from where the command runs; empty: the same. */
  readonly folder: string
}

export function listNextSteps(
  { secrets, hasToken = false }: Written,
  { env, folder }: Here,
): readonly string[] {
  const gateway = nameCommand(env)
  const needed = secrets.length > 0
  return [
    'Next:',
    ...(folder === '' ? [] : [`  cd ${quoteWord(folder)}`]),
    ...(needed ? ['  # write the values of the secrets into .env'] : []),
    `  ${gateway} check`,
    `  ${gateway} serve --dev${needed ? ' --secrets .env' : ''}`,
    ...(hasToken
      ? []
      : [`  ${gateway} token issue --subject NAME --team everyone`]),
  ]
}

/** As it is where a shell reads no sign of it. */
function quoteWord(text: string): string {
  return /^[\w./][\w./-]*$/.test(text) ? text : quoteShell(text)
}

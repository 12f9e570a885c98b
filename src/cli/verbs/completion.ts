// `gateway completion`: a script that completes words in a shell.
// In: the name of the shell. Out: the script; or, with --words, what may come
// next (run.ts). INVARIANT: offline; nothing is written.

import { Argument, Option } from 'commander'
import { verbatim } from '../../diagnostics/shown.ts'
import { SCRIPTS, SHELLS, type Shell } from '../completion/scripts.ts'
import { say } from '../say.ts'
import type { Verb } from '../verb.ts'

export const completion: Verb = {
  name: 'completion',
  summary: 'print a script that completes verbs, flags and names in a shell',
  schemas: [],
  help: {
    reads:
      'nothing; what is completed later reads the config for the names of ' +
      'servers, roles, teams, tokens and tools',
    writes: 'nothing',
    contacts: 'nothing',
    exits: ['the script is printed', 'never', 'wrong usage'],
    examples: [
      'gateway completion bash > ~/.local/share/bash-completion/completions/gateway',
      'gateway completion zsh > ~/.zfunc/_gateway',
      'gateway completion fish > ~/.config/fish/completions/gateway.fish',
    ],
  },
  configure(command) {
    command
      .addArgument(new Argument('<shell>', 'its name').choices(SHELLS))
      .addOption(new Option('--words', 'for the script').hideHelp())
  },
  async run([shell], _options, io) {
    say(io.stdout, verbatim(SCRIPTS[shell as Shell]))
    return 0
  },
}

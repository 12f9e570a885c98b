// `gateway explain`: a code, a decision, or who can call a tool.
// In: words; the first of them choose the question. Out: the answer.
// INVARIANT: offline; every verdict is an answer, so it exits 0 unless
// --fail-on applies.

import { Option } from 'commander'
import { Unanswerable } from '../../diagnostics/unanswerable.ts'
import { formOption } from '../reports.ts'
import { configOptions, type Verb } from '../verb.ts'
import type { ExplainOptions } from './explain/options.ts'

const ONLY_CODE = 'markdown is available only for a code'

export const explain: Verb<ExplainOptions> = {
  name: 'explain',
  summary: 'explain why a principal may use a tool, or what a code means',
  schemas: ['explain'],
  help: {
    reads:
      'for a code nothing; otherwise the config with its ' +
      'tokens and lock, and gateway.revoked if it exists here',
    writes: 'nothing',
    contacts: 'nothing',
    exits: [
      'the question was answered, with any answer',
      'there is no such code, name or server; the config has errors; or the ' +
        'answer is the one that --fail-on names',
      'wrong usage, or no config',
    ],
    examples: [
      'gateway explain GW3002',
      'gateway explain alice',
      'gateway explain alice merge_pull_request',
      `gateway explain reader files/write_file --args '{"path":"a.md"}'`,
      'gateway explain --tool github/delete_file',
    ],
  },
  configure(command) {
    configOptions(command)
      .argument('[who]', 'a code, token id, subject, role or team')
      .argument(
        '[what]',
        'SERVER/TOOL, the name that clients see, or a name that one server has',
      )
      .option('--tool <what>', 'list who can call this tool')
      .option('--args <json>', 'judge a call with these arguments')
      .addOption(
        new Option('--kind <kind>', 'what is used (default: tool)').choices([
          'tool',
          'prompt',
          'resource',
        ]),
      )
      .addOption(
        new Option('--fail-on <verdict>', 'exit 1 for this verdict').choices([
          'allowed',
          'refused',
        ]),
      )
    formOption(command, ['human', 'json', 'markdown'])
  },
  async run([who, what], options, io) {
    const { tool, report } = options
    // Loaded separately: a code needs no compiler, a decision no long forms.
    if (who !== undefined && what === undefined && tool === undefined) {
      if (/^gw\d*$/i.test(who)) {
        const { explainCode } = await import('./explain/code.ts')
        return explainCode(who, options, io)
      }
      if (report === 'markdown') throw new Unanswerable(ONLY_CODE)
      if (/\/|__/.test(who)) {
        const { explainTool } = await import('./explain/who.ts')
        return explainTool(who, options, io)
      }
      const { explainAccess } = await import('./explain/access.ts')
      return explainAccess(who, options, io)
    }
    if (report === 'markdown') {
      throw new Unanswerable(ONLY_CODE)
    }
    if (tool !== undefined && who === undefined) {
      const { explainTool } = await import('./explain/who.ts')
      return explainTool(tool, options, io)
    }
    if (who === undefined || what === undefined || tool !== undefined) {
      throw new Unanswerable('name a CODE, WHO and SERVER/TOOL, or --tool')
    }
    const { explainDecision } = await import('./explain/decision.ts')
    return explainDecision(who, what, options, io)
  },
}

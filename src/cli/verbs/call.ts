// `gateway call`: one call of a tool, as a client would make it.
// In: who, what, arguments. Out: the result as text, or as it came.
// INVARIANT: decided, limited and recorded like any call.

import { type Command, Option } from 'commander'
import { json, plain, verbatim } from '../../diagnostics/shown.ts'
import { Unanswerable } from '../../diagnostics/unanswerable.ts'
import { explainNoAnswer } from '../mcp/failure.ts'
import { type Message, NoAnswer } from '../mcp/post.ts'
import { withProgress } from '../progress.ts'
import { judgeCalled, renderCalled, renderProgress } from '../render/called.ts'
import { formOption } from '../reports.ts'
import { say } from '../say.ts'
import { tokenOptions } from '../token-input.ts'
import { configOptions, type Io, type Verb } from '../verb.ts'
import type { Called } from './call/called.ts'
import { type CallOptions, readArgs } from './call/options.ts'

export const call: Verb<CallOptions> = {
  name: 'call',
  summary: 'call one tool, and print its result',
  schemas: ['call'],
  help: {
    reads:
      'the config, what it imports, the key file and the secrets of the one ' +
      'server; with --gateway only the token, from stdin, a file or a variable',
    writes:
      'the record of the call: to audit/dev.jsonl, or with --gateway to the ' +
      'trail of that gateway; a missing key file',
    contacts:
      'the one server, from a gateway of its own on loopback; with --gateway ' +
      'that gateway',
    exits: [
      'the result is printed',
      'the call was refused, or the tool says that it failed',
      'wrong usage, no config, no answer, or the tool asks something',
    ],
    examples: [
      `gateway call reader files/read_text_file --args '{"path":"notes/a.md"}'`,
      'gateway call alice github/list_issues --arg owner=acme --arg perPage:=5',
      'gateway call files/list_directory --arg path=docs --gateway https://gateway.example.com < token',
      'gateway call reader files/file:///srv/a.md --kind resource',
    ],
  },
  configure(command: Command) {
    configOptions(command)
      .argument(
        '[who]',
        'a subject, role, team or token id; with --gateway the token says it',
      )
      .argument('[what]', 'SERVER/TOOL, or the name that clients see')
      .option('--args <json>', 'its arguments; - for stdin, @FILE for a file')
      .option(
        '--arg <name=text>',
        'one argument; name:=json for a number, a list …; repeatable',
        (value: string, before?: readonly string[]) => [
          ...(before ?? []),
          value,
        ],
      )
      .addOption(
        new Option('--kind <kind>', 'what is used')
          .choices(['tool', 'prompt', 'resource'])
          .default('tool'),
      )
      .option('--gateway <url>', 'call through this running gateway')
      .option(
        '--secrets <file>',
        'file of NAME=value lines, in addition to the environment',
      )
    tokenOptions(command)
    formOption(command, ['human', 'json'])
  },
  async run([first, second], options, io) {
    if (first === undefined) throw new Unanswerable('name WHO and SERVER/TOOL')
    const [who, what] =
      second === undefined ? [undefined, first] : [first, second]
    const args = await readArgs(options, io)
    const onMessage = (message: Message) => {
      const told = renderProgress(message)
      if (told) say(io.stderr, told)
    }
    const called = await withProgress(`waiting for ${what}`, io, () =>
      callEither(who, what, args, options, io, onMessage),
    )
    if (typeof called === 'number') return called
    const { close } = called
    tell(called.called, options, io)
    await close?.()
    return judgeCalled(called.called)
  },
}

async function callEither(
  who: string | undefined,
  what: string,
  args: string | undefined,
  options: CallOptions,
  io: Io,
  onMessage: (message: Message) => void,
): Promise<{ readonly called: Called; close?(): Promise<void> } | number> {
  try {
    if (options.gateway !== undefined) {
      const { callThere } = await import('./call/there.ts')
      return {
        called: await callThere(who, what, args, options, io, onMessage),
      }
    }
    if (who === undefined) {
      throw new Unanswerable(
        'name WHO before SERVER/TOOL: a subject, role or team; or give --gateway',
      )
    }
    const { callOwn } = await import('./call/own.ts')
    return await callOwn(who, what, args, options, io, onMessage)
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error
    const { what: fault, help } = explainNoAnswer(error.code)
    throw new Unanswerable(plain`no answer: ${fault}\nhelp: ${help}`)
  }
}

function tell(called: Called, { report }: CallOptions, io: Io): void {
  const { text, message } = called.answer
  if (report === 'json' && message) {
    // A terminal gets JSON of the same meaning without control characters.
    const { isTerminal } = io.stdout
    return say(io.stdout, isTerminal ? json(message) : verbatim(`${text}\n`))
  }
  const { result, remarks } = renderCalled(called)
  say(io.stdout, result)
  say(io.stderr, remarks)
}

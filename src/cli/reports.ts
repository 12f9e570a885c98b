// `--report <form>[=file]`, the same for every verb with a report.
// In: the requested targets, a renderer. Out: files, and one form on stdout.
// INVARIANT: either all of them are written or none; at most one goes to
// stdout, and it comes last.

import { resolve } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { plain, type Shown } from '../diagnostics/shown.ts'
import { suggestHelp } from '../diagnostics/suggest.ts'
import { Unanswerable } from '../diagnostics/unanswerable.ts'
import { writeFiles } from './files.ts'
import { say } from './say.ts'
import type { Io } from './verb.ts'

export interface Target<Form extends string = string> {
  readonly form: Form
  /** The path as given; absent for stdout. */
  readonly file?: string
}

/** `human` on stdout is the default. */
export function reportOption(
  command: Command,
  forms: readonly string[],
): Command {
  const said =
    `form of the result: ${forms.join(', ')}; with =file it is written ` +
    'to that file; repeatable (default: human)'
  const read = (value: string, before?: readonly Target[]) =>
    readTarget(value, forms, before ?? [])
  return command.addOption(
    new ReportOption(said, forms).argParser<readonly Target[]>(read),
  )
}

/** Its forms, for whoever completes a command line. */
export class ReportOption extends Option {
  readonly forms: readonly string[]

  constructor(said: string, forms: readonly string[]) {
    super('--report <form[=file]>', said)
    this.forms = forms
  }
}

/** `--report <form>` of verbs whose result goes to stdout only. */
export function formOption(
  command: Command,
  forms: readonly string[],
): Command {
  return command.addOption(
    new Option('--report <form>', 'form of the result')
      .choices(forms)
      .default('human'),
  )
}

function readTarget(
  value: string,
  forms: readonly string[],
  before: readonly Target[],
): readonly Target[] {
  const [form = '', ...rest] = value.split('=')
  if (!forms.includes(form)) {
    const help = suggestHelp(form, forms, 'possible')
    throw new InvalidArgumentError(`No such form. ${help}`)
  }
  const file = rest.length === 0 ? undefined : rest.join('=')
  if (file === '')
    throw new InvalidArgumentError('No file is named after the `=`.')
  const onScreen = before.some((one) => one.file === undefined)
  if (file === undefined && onScreen) {
    throw new InvalidArgumentError(
      `Only one report can go to stdout: write ${form}=FILE.`,
    )
  }
  return [...before, file === undefined ? { form } : { form, file }]
}

export interface Reporting<Form extends string> {
  readonly render: (form: Form, to: 'screen' | 'file') => Shown
  /** Printed on stderr if nothing goes to stdout. */
  readonly verdict: string
  /** Absolute; files that a report must not replace. */
  readonly sources?: readonly string[]
}

export function writeReports<Form extends string>(
  targets: readonly Target<Form>[] | undefined,
  { render, verdict, sources = [] }: Reporting<Form>,
  io: Io,
): void {
  if (!targets) {
    // Every verb has this form.
    say(io.stdout, render('human' as Form, 'screen'))
    return
  }
  const files = targets.flatMap(({ form, file: name }) =>
    name === undefined
      ? []
      : [
          {
            path: resolve(io.cwd, name),
            name,
            text: render(form, 'file').toString(),
          },
        ],
  )
  const paths = files.map(({ path }) => path)
  for (const [index, { path, name }] of files.entries()) {
    if (paths.indexOf(path) !== index) {
      throw new Unanswerable(`two reports would be written to ${name}`)
    }
    if (sources.includes(path)) {
      throw new Unanswerable(`${name} is a source of the config`)
    }
  }
  const screen = targets.find(({ file }) => file === undefined)
  const shown = screen && render(screen.form, 'screen')
  writeFiles(files)
  if (shown === undefined) say(io.stderr, plain`${verdict}\n`)
  else say(io.stdout, shown)
}

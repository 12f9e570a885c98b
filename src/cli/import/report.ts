// What came of an import, for a person and for a program.
// In: the result of an import, and which files were written. Out: text.
// INVARIANT: keys, names and reasons only; no value of an imported file.

import { count } from '../../diagnostics/report.ts'
import {
  json,
  type Plain,
  plain,
  plainLines,
  type Shown,
} from '../../diagnostics/shown.ts'
import { joinBlocks, tabulate } from '../columns.ts'
import { type Here, listNextSteps } from '../next-steps.ts'
import { say } from '../say.ts'
import type { Io } from '../verb.ts'
import type { Unread } from './client-file.ts'
import type { Draft } from './draft.ts'
import { type Dropped, type Origin, showKeys } from './entry.ts'
import type { Imported } from './import.ts'

export function tellUnread(unread: readonly Unread[], io: Io): void {
  for (const { name, line, column, message, help } of unread) {
    const place = line === undefined ? name : `${name}:${line}:${column ?? 1}`
    const advice = help === undefined ? plain`` : plain`help: ${help}\n`
    say(io.stderr, plain`error: ${place}: ${message}\n${advice}`)
  }
  say(io.stderr, plain`nothing was written\n`)
}

export function tellDropped(dropped: readonly Dropped[], io: Io): void {
  const lines = dropped.map(({ origin, key, why }) => {
    const keys = [origin.path, key].filter((one) => one !== '')
    return `dropped ${showPlace(origin)} ${showKeys(keys.join('.'))}: ${why}`
  })
  say(io.stderr, plainLines(lines))
}

function showPlace({ file, line }: Origin): string {
  return `${file}:${line}`
}

const SHOWN = 60

export function renderImport(
  imported: Imported,
  written: readonly string[],
  here: Here,
): Plain {
  const { drafts, variables, findings } = imported
  const rows = drafts.map((draft) => {
    const files = new Set(draft.origins.map(({ file }) => file))
    return [draft.name, describeServer(draft), [...files].join(', ')]
  })
  const asked = drafts.reduce(
    (sum, { questions }) => sum + [...questions.values()].flat().length,
    0,
  )
  const secrets = variables.map(({ name }) => name)
  const errors = findings.filter(({ severity }) => severity === 'error')
  const [file] = written
  return joinBlocks([
    [tabulate(['SERVER', 'REACHES', 'FROM'], rows)],
    [
      ...(variables.length > 0
        ? [`secrets are read from: ${secrets.join(', ')}`]
        : []),
      ...(asked > 0
        ? [
            `${count(asked, 'question')}: look for QUESTION in ${file ?? 'the config'}`,
          ]
        : []),
      ...errors.map(
        ({ code, pointer, message }) => `error ${code} ${pointer}: ${message}`,
      ),
      ...(written.length > 0 ? [`wrote ${written.join(', ')}`] : []),
    ],
    written.length > 0 ? listNextSteps({ secrets }, here) : [],
  ])
}

/** Host or program: enough to know it again, and never an argument. */
function describeServer({ server }: Draft): string {
  const { type, url, command, disabled } = server
  const address = /https?:\/\/[^/?#"]+/.exec(JSON.stringify(url) ?? '')?.[0]
  const what = type === 'http' ? (address ?? '') : String(command)
  return what.slice(0, SHOWN) + (disabled === true ? ' (disabled)' : '')
}

export function renderImportJson(
  imported: Imported,
  written: readonly string[],
): Shown {
  const { drafts, outcomes, dropped, variables, findings } = imported
  const placeOf = ({ file, line, form, path }: Origin) => ({
    file,
    line,
    form,
    path,
  })
  const listOf = (map: Draft['questions']) =>
    [...map].flatMap(([key, texts]) => texts.map((text) => ({ key, text })))
  return json(
    {
      formatVersion: 1,
      written,
      servers: drafts.map(({ name, server, origins, questions, remarks }) => ({
        name,
        type: server.type,
        disabled: server.disabled === true,
        from: origins.map(placeOf),
        questions: listOf(questions),
        remarks: listOf(remarks),
      })),
      entries: outcomes.map(({ origin, name, server = null }) => ({
        ...placeOf(origin),
        name,
        server,
      })),
      dropped: dropped.map(({ origin, key, why }) => ({
        ...placeOf(origin),
        key,
        why,
      })),
      variables,
      findings: findings.map(({ code, severity, pointer, message }) => ({
        code,
        severity,
        pointer,
        message,
      })),
    },
    2,
  )
}

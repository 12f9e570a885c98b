// Attacks through reports: texts of a table, a lock, a server or an audit that
// would be structure where they are shown.
// A form that is added is a row of FORMS; a text is a row of HOSTILE.

import assert from 'node:assert/strict'
import {
  makeGroupWriter,
  makeRecordWriter,
  makeRowWriter,
} from '../../src/cli/audit/forms.ts'
import type { Client } from '../../src/cli/clients/client.ts'
import { findClient } from '../../src/cli/clients/clients.ts'
import {
  renderConnectedJson,
  renderLook,
  renderSetup,
  renderUndone,
} from '../../src/cli/clients/render.ts'
import { alignRows } from '../../src/cli/columns.ts'
import { renderCallLine } from '../../src/cli/dev-lines.ts'
import { renderImport, renderImportJson } from '../../src/cli/import/report.ts'
import { renderCalled } from '../../src/cli/render/called.ts'
import { renderCsv } from '../../src/cli/render/csv.ts'
import {
  renderAccess,
  renderDiff,
  renderDiffJson,
} from '../../src/cli/render/diff.ts'
import { renderDiffMarkdown } from '../../src/cli/render/diff-markdown.ts'
import {
  renderExplanation,
  renderExplanationJson,
  renderHolders,
  renderHoldersJson,
} from '../../src/cli/render/explain.ts'
import { renderReplay, renderReplayJson } from '../../src/cli/render/replay.ts'
import { renderUnused, renderUnusedJson } from '../../src/cli/render/unused.ts'
import { renderVerdict } from '../../src/cli/render/verify.ts'
import { renderWho } from '../../src/cli/render/whoami.ts'
import { renderStatus } from '../../src/cli/render-status.ts'
import { renderGithub } from '../../src/diagnostics/render/github.ts'
import { renderHuman } from '../../src/diagnostics/render/human.ts'
import { renderJson } from '../../src/diagnostics/render/json.ts'
import { renderMarkdown } from '../../src/diagnostics/render/markdown.ts'
import { renderSarif } from '../../src/diagnostics/render/sarif.ts'
import { json, plain, type Shown } from '../../src/diagnostics/shown.ts'
import { calledOf, connectedOf, whoOf } from '../harness/client-scenes.ts'
import { importedOf } from '../harness/imported-scene.ts'
import {
  explainedOf,
  groupOf,
  heldOf,
  recordOf,
  replayedOf,
  reportOf,
  sidesOf,
  statusOf,
  TIME,
  unusedOf,
  verdictOf,
} from '../harness/report-scenes.ts'
import { type Form, structureOf } from '../harness/structure.ts'
import type { Attack } from './case.ts'

const HOSTILE = [
  '\n\n### Access: no access change\n\n<!-- ',
  '\r\n- item\r\n1. item\r\n> quote\r\n---\r\n===\r\n    code',
  '# h',
  '- a',
  '+ a',
  '* a',
  '1. a',
  '1) a',
  '> a',
  '---',
  '===',
  '***',
  '    a',
  '| a | b |',
  '\\| a',
  '``',
  '`a`',
  '````` a',
  '~~~',
  '`a``b`',
  '<details>',
  '</details>',
  '<b>a</b>',
  '<!-- a',
  '-->',
  '&lt;a&gt;',
  '&#64;all',
  '[a](b)',
  '![a](b)',
  '[a]: b',
  '[a]',
  '[^1]',
  '[^1]: b',
  '[ ] a',
  '*a*',
  '__a__',
  '~~a~~',
  '@team',
  'a@b.example',
  '#12',
  'octo/repo#12',
  'GH-12',
  'ABC-12',
  'www.evil.example',
  'https://evil.example',
  'ftp://evil',
  'xmpp:a@b.c',
  'deadbeef',
  'a'.repeat(40),
  '0123456789',
  ':smile:',
  '$a$',
  '\\',
  'a\\',
  '!',
  '::add-mask::a',
  ' ::stop-commands::a',
  ':',
  '::',
  '##[add-mask]a',
  '##',
  '%0A::error::a',
  '\x1b[2J',
  '\x9b2J',
  '\u202ea',
  '\u2066a',
  '\u200b',
  '\u{e0041}',
  '\u3164',
  '\u00ad',
  '\ufeff',
  '\ud800',
  '\u2028a',
  '\x00',
  '\x07',
  '\b',
  'a\u0300\u0300\u0300\u0300\u0300',
  '=1+1',
  '+1',
  '-a',
  '@a',
  '\t=1',
  ';=1',
  ' =1',
  '\uff1d1',
  '"',
  '",=1',
  "'",
  ',',
  '{0}',
  '[a](1)',
  '](',
  'ghp_'.padEnd(40, 'a1'),
] as const

const query = (form: 'human' | 'json' | 'csv') => (text: string) => {
  const record = recordOf(text)
  const writers = [
    [makeRowWriter(form), record],
    [makeRecordWriter(form), record],
    [makeRecordWriter(form), { ...record, event: 'notice', notice: text }],
    [makeGroupWriter(form, 'token'), groupOf(text)],
  ] as const
  return writers.flatMap(([writer, one]) => [
    writer.head,
    writer.add(one as never),
    writer.flush(),
  ])
}

const ZED = findClient('zed') as Client

const PLACE = (text: string) => ({ base: text, config: text })

/** Report and form → what is written of a text. */
const FORMS: Readonly<
  Record<string, readonly [Form, (text: string) => Shown | readonly Shown[]]>
> = {
  'findings for people': [
    'human',
    (text) =>
      renderHuman(reportOf(text), {
        base: text,
        texts: { [text]: `a ${text.replaceAll(/[\r\n]/g, '')}\n`.repeat(20) },
      }),
  ],
  'findings in colour': [
    'human',
    (text) =>
      plain`${renderHuman(reportOf(text))
        .format({ colours: true, links: false })
        .replaceAll(/\x1b\[\d+m/g, '')}`,
  ],
  'findings as JSON': [
    'json',
    (text) => renderJson(reportOf(text), PLACE(text)),
  ],
  'findings as SARIF': [
    'json',
    (text) => renderSarif(reportOf(text), PLACE(text)),
  ],
  'findings for GitHub': [
    'github',
    (text) => renderGithub(reportOf(text, 12), PLACE(text)),
  ],
  'findings as Markdown': [
    'markdown',
    (text) => renderMarkdown(reportOf(text), PLACE(text)),
  ],
  'what a token may do': ['human', (text) => renderWho(whoOf(text))],
  'what a client will see': [
    'human',
    (text) => [
      renderSetup(connectedOf(text)),
      renderLook(connectedOf(text), connectedOf(text).seen as never),
      renderUndone(ZED, text, { did: 'removed' }, 'human'),
    ],
  ],
  'what a client will see, as JSON': [
    'json',
    (text) => renderConnectedJson(connectedOf(text)),
  ],
  'the result of a call': [
    'human',
    (text) => {
      const { result, remarks } = renderCalled(calledOf(text))
      return [result, remarks]
    },
  ],
  'the line of a call': [
    'human',
    (text) => renderCallLine(recordOf(text) as never) ?? [],
  ],
  'diff for people': ['human', (text) => renderDiff(sidesOf(text))],
  'access for people': ['human', (text) => renderAccess(sidesOf(text))],
  'diff as JSON': ['json', (text) => renderDiffJson(sidesOf(text))],
  'diff as Markdown': ['markdown', (text) => renderDiffMarkdown(sidesOf(text))],
  'explanation for people': [
    'human',
    (text) => renderExplanation(explainedOf(text)),
  ],
  'explanation as JSON': [
    'json',
    (text) => renderExplanationJson(explainedOf(text)),
  ],
  'holders for people': ['human', (text) => renderHolders(heldOf(text))],
  'holders as JSON': ['json', (text) => renderHoldersJson(heldOf(text))],
  'replay for people': ['human', (text) => renderReplay(replayedOf(text))],
  'replay as JSON': ['json', (text) => renderReplayJson(replayedOf(text))],
  'unused for people': ['human', (text) => renderUnused(unusedOf(text))],
  'unused as JSON': ['json', (text) => renderUnusedJson(unusedOf(text))],
  'import for people': [
    'human',
    (text) => renderImport(importedOf(text), [text], { env: {}, folder: text }),
  ],
  'import as JSON': [
    'json',
    (text) => renderImportJson(importedOf(text), [text]),
  ],
  'verdict for people': [
    'human',
    (text) => renderVerdict(verdictOf(text), '/srv'),
  ],
  'verdict as JSON': ['json', (text) => json(verdictOf(text), 2)],
  'status for people': [
    'human',
    (text) => renderStatus(statusOf(text), Date.parse(TIME)),
  ],
  'query for people': ['human', query('human')],
  'query as JSON': ['json', query('json')],
  'query as CSV': ['csv', query('csv')],
  'tokens for people': [
    'human',
    (text) =>
      alignRows([
        [text, text],
        [text, text],
      ]),
  ],
  'tokens as CSV': [
    'csv',
    (text) =>
      renderCsv([
        [text, text],
        [text, text],
      ]),
  ],
}

function judge(name: string, text: string): unknown {
  const [form, render] = FORMS[name] as (typeof FORMS)[string]
  return [render(text)].flat().map((one) => structureOf(form, String(one)))
}

/** In other words, at their end, at their beginning, twice, alone. */
const FRAMES = [
  (text: string) => text,
  (text: string) => `a ${text}`,
  (text: string) => `${text} a`,
  (text: string) => `${text}${text}`,
]

export const ATTACKS: readonly Attack[] = Object.keys(FORMS).map((name) => ({
  id: `S4 ${name}`,
  run: async () => {
    const plain = FRAMES.map((frame) => judge(name, frame('harmless')))
    for (const [index, text] of HOSTILE.entries()) {
      const at = index % FRAMES.length
      for (const one of at === 0 ? [0] : [0, at]) {
        const said = FRAMES[one]?.(text) ?? ''
        try {
          assert.deepEqual(judge(name, said), plain[one])
        } catch (error) {
          const { message } = error as Error
          throw new Error(`${JSON.stringify(said)}: ${message}`)
        }
      }
    }
    return `${HOSTILE.length} texts`
  },
}))

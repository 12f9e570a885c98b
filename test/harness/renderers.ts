// The forms of a report on findings, as strings.
// In: a report. Out: what would be written.

import { renderGithub as github } from '../../src/diagnostics/render/github.ts'
import { renderHuman as human } from '../../src/diagnostics/render/human.ts'
import { renderJson as json } from '../../src/diagnostics/render/json.ts'
import { renderMarkdown as markdown } from '../../src/diagnostics/render/markdown.ts'
import { renderSarif as sarif } from '../../src/diagnostics/render/sarif.ts'
import type { Shown } from '../../src/diagnostics/shown.ts'

function spell<Args extends unknown[]>(render: (...args: Args) => Shown) {
  return (...args: Args) => render(...args).toString()
}

export const renderGithub = spell(github)
export const renderHuman = spell(human)
export const renderJson = spell(json)
export const renderMarkdown = spell(markdown)
export const renderSarif = spell(sarif)

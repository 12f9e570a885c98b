// The forms of a report with findings.
// In: a report, the compiled config, the target. Out: text.
// INVARIANT: one report has one verdict in every form.

import type { Compiled } from '../compile.ts'
import { renderGithub } from '../diagnostics/render/github.ts'
import { renderHuman } from '../diagnostics/render/human.ts'
import { renderJson } from '../diagnostics/render/json.ts'
import { renderMarkdown } from '../diagnostics/render/markdown.ts'
import { renderSarif } from '../diagnostics/render/sarif.ts'
import type { Report } from '../diagnostics/report.ts'
import type { Shown } from '../diagnostics/shown.ts'
import { baseFromHere, baseInRepository, linksFrom } from './places.ts'
import type { Io } from './verb.ts'
import { readVersion } from './version.ts'

export const FORMS = ['human', 'json', 'github', 'sarif', 'markdown'] as const
export type Form = (typeof FORMS)[number]

export interface FormScene {
  readonly compiled: Pick<Compiled, 'root' | 'sources'>
  readonly io: Io
  readonly to: 'screen' | 'file'
}

const RENDERERS: Readonly<
  Record<Form, (report: Report, scene: FormScene) => Shown>
> = Object.freeze({
  human: (report, { compiled: { root, sources }, io }) =>
    renderHuman(report, {
      base: baseFromHere(root, io.cwd),
      texts: sources.texts,
      links: linksFrom(root),
    }),
  json: (report, scene) => renderJson(report, placesOf(scene)),
  github: (report, scene) => renderGithub(report, placesOf(scene)),
  sarif: (report, scene) =>
    renderSarif(report, { ...placesOf(scene), version: readVersion() }),
  markdown: (report, scene) => renderMarkdown(report, placesOf(scene)),
})

export function renderForm(
  form: Form,
  report: Report,
  scene: FormScene,
): Shown {
  return RENDERERS[form](report, scene)
}

function placesOf({ compiled: { root, sources }, io }: FormScene) {
  return { base: baseInRepository(root, io.cwd), config: sources.config }
}

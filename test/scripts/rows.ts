// Part of `npm run build`: the rows of codes, without their long forms.
// In: src/diagnostics/codes. Out: dist/src/diagnostics/rows.js.
// INVARIANT: a row is what its entry says; the order is that of the codes.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ALL_CODES, readCode } from '../../src/diagnostics/codes/all.ts'

const OUT = join(import.meta.dirname, '../../src/diagnostics/rows.js')

const rows = ALL_CODES.map((code) => {
  const { severity, title, help } = readCode(code)
  const row = JSON.stringify({ severity, title, help })
  return `  ${code}: Object.freeze(${row}),\n`
})
writeFileSync(OUT, `export const CODES = Object.freeze({\n${rows.join('')}})\n`)

// `npm run structure`: what the sources of src/ look like.
// In: `--json`. Out: sizes, circles of imports, imports that lead upward.

import { measureLayout } from '../harness/layout.ts'
import { readSources } from '../harness/sources.ts'

const layout = measureLayout(readSources('src'))

if (process.argv.includes('--json')) {
  process.stdout.write(`${JSON.stringify(layout)}\n`)
} else {
  const { files, lines, median, max, longestFunction, circles, upward } = layout
  process.stdout.write(
    `${files} files, ${lines} lines, median ${median}, longest ${max}\n` +
      `longest function: ${longestFunction.lines} lines, ${longestFunction.at}\n` +
      `${circles.length} circles of imports, ${circles.filter(({ rooms }) => rooms.length > 1).length} across rooms\n` +
      circles.map(({ files }) => `  ${files.join(' ')}\n`).join('') +
      `${upward.length} imports lead upward\n` +
      upward.map((one) => `  ${one}\n`).join(''),
  )
}

// Part of `npm run build`: the program of the child that evaluates configs, as
// one text, because the child may read no file.
// In: dist/src/load/realm/child.js and the engine's packages.
// Out: dist/src/load/realm/program.js.

import { join } from 'node:path'
import { build } from 'esbuild'

const folder = join(import.meta.dirname, '../../src/load/realm')

await build({
  entryPoints: [join(folder, 'child.js')],
  outfile: join(folder, 'program.js'),
  bundle: true,
  // Run as a function: cheaper to load than a module.
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  supported: { 'dynamic-import': false },
  minifyWhitespace: true,
  // The engine's loader asks where it stands; it is given its WebAssembly.
  define: { 'import.meta.url': '"file:///program.js"' },
  tsconfigRaw: '{}',
  logLevel: 'warning',
})

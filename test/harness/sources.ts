// The sources of this repository, as the rules about them read them.
// In: a folder of the repository. Out: its TypeScript files with their texts.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './gateway.ts'
import type { Source } from './imports.ts'

export function readSources(folder: string): readonly Source[] {
  return (
    readdirSync(join(root, folder), { recursive: true })
      .map((name) => `${folder}/${String(name).replaceAll('\\', '/')}`)
      .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
      // What test/conformance installs is no source of ours.
      .filter((path) => !path.includes('/node_modules/'))
      .filter((path) => !/^test\/(golden|fixtures|types)\//.test(path))
      .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
  )
}

// A folder with links and pipes in it, and a secret beside it.
// In: files by name. Out: the folder.

import { spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { makeFolder, type Owner } from './process.ts'

/** Of a token that stands outside of the config's folder. */
export const SECRET = 'ghp_outside0123456789'

/** Names that begin with `@` are links, those with `|` are pipes. */
export function plant(
  t: Owner,
  files: Readonly<Record<string, string>>,
): string {
  const outside = makeFolder(t, {
    'pkg/secret.json': `{"token":"${SECRET}"}`,
    'secret.json': `{"token":"${SECRET}"}`,
    'secret.txt': `${SECRET}: [`,
    'secret.ts': `export default '${SECRET}' +`,
    'secret.map': JSON.stringify({
      version: 3,
      sources: ['../secret.txt'],
      mappings: 'AAAA',
    }),
  })
  const root = join(outside, 'root')
  mkdirSync(root)
  for (const [name, text] of Object.entries(files)) {
    const path = join(root, name.replace(/^[@|]/, ''))
    mkdirSync(dirname(path), { recursive: true })
    if (name.startsWith('@')) symlinkSync(text, path)
    else if (name.startsWith('|')) spawnSync('mkfifo', [path])
    else writeFileSync(path, text)
  }
  return root
}

// What the target of an import that was not found was probably meant to be.
// In: the specifier, the folder of the importing file. Out: a help.
// INVARIANT: reads only names of files, in the folder that was meant.

import { readdirSync } from 'node:fs'
import { basename, dirname, extname, resolve } from 'node:path'
import { suggest } from '../diagnostics/suggest.ts'

export function suggestModule(
  written: string,
  folder: string,
): string | undefined {
  const near = written.startsWith('.')
    ? suggestFile(written, folder)
    : suggest(written, ['portcullis'])
  return near === undefined ? undefined : `did you mean \`${near}\`?`
}

function suggestFile(written: string, folder: string): string | undefined {
  const names = listNames(resolve(folder, dirname(written)))
  const wanted = basename(written)
  const stem = (name: string) =>
    name.slice(0, -extname(name).length || name.length)
  const near = suggest(stem(wanted), names.map(stem))
  const found = names.find((name) => stem(name) === near)
  return found && written.slice(0, -wanted.length) + found
}

function listNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) =>
      /\.(?:[cm]?[jt]s|json)$/.test(name),
    )
  } catch {
    return []
  }
}

// Secrets and state of a gateway that git tracks.
// In: a compiled config. Out: findings.
// INVARIANT: asks git only if such a file is on the disk, in a work tree; of a
// secrets file only the names are used, and no other is read.

import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import { parseEnv } from 'node:util'
import type { Diagnostic } from '../contract/diagnostic.ts'
import { quote } from '../diagnostics/credential.ts'
import { finding } from '../diagnostics/report.ts'
import { guessOwnFiles } from '../link/own-files.ts'
import { findTop } from '../load/project.ts'
import { readRegularText } from '../regular.ts'
import { openRepository } from './git.ts'

/** Files that a message names, of one folder. */
const MOST = 3

export async function findTracked(
  root: string,
  authored: unknown,
): Promise<readonly Diagnostic[]> {
  if (!existsSync(root)) return []
  const folder = realpathSync(root)
  const there = listPrivate(folder, authored).filter((path) => existsSync(path))
  if (there.length === 0 || findTop(folder) === undefined) return []
  // Without git, or in a repository that git refuses, nothing is known.
  const repository = await openRepository(folder).catch(() => undefined)
  if (!repository) return []
  const { top, ask } = repository
  const inside = there
    .map((path) => relative(top, path).split(sep).join('/'))
    .filter((path) => path !== '' && !path.startsWith('..'))
  if (inside.length === 0) return []
  const listed = await ask(['ls-files', '-z', '--', ...inside]).catch(() => '')
  return describeTracked(
    listed
      .toString()
      .split('\0')
      .filter((path) => path !== ''),
  )
}

const REFERENCE = /"(?:secret|bearer)":"(env|file):((?:[^"\\]|\\.)+)"/g

/** Absolute paths of what only a serving host may have. */
function listPrivate(root: string, authored: unknown): readonly string[] {
  const { key, revoked, grants, audit } = guessOwnFiles(authored)
  const references = [
    ...(JSON.stringify(authored) ?? '').matchAll(REFERENCE),
  ].map(([, kind, name = '']) => ({ kind, name }))
  const of = (kind: string) =>
    references.filter((one) => one.kind === kind).map(({ name }) => name)
  return [
    ...new Set([
      ...[key, revoked, grants.folder, audit.file].map((path) =>
        resolve(root, path),
      ),
      ...of('file').map((path) => resolve(root, path)),
      ...listSecretsFiles(root, new Set(of('env'))),
    ]),
  ]
}

/** `.env` and its like, with a value for a secret that the config names: other
 * such files may well be in a repository. */
function listSecretsFiles(
  root: string,
  names: ReadonlySet<string>,
): readonly string[] {
  if (names.size === 0) return []
  return readdirSync(root)
    .filter((name) => /^\.env(?:\.|$)|\.env$/.test(name))
    .map((name) => join(root, name))
    .filter((path) => readNames(path).some((name) => names.has(name)))
}

const ENV_BYTES = 2 ** 20

/** Variables with a value. */
function readNames(path: string): readonly string[] {
  try {
    return Object.entries(parseEnv(readRegularText(path, ENV_BYTES)))
      .filter(([, value]) => value !== '')
      .map(([name]) => name)
  } catch {
    return []
  }
}

/** One finding: all of them are removed by one command. */
export function describeTracked(
  files: readonly string[],
): readonly Diagnostic[] {
  if (files.length === 0) return []
  const named = files.slice(0, MOST).map((file) => quote(file))
  const more = files.length - named.length
  const rest = more > 0 ? ` and ${more} more` : ''
  const message = `git tracks ${named.join(', ')}${rest}`
  return [finding('GW6004', '', message)]
}

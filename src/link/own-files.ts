// Where the files are that the gateway itself writes.
// In: a config, the folder of the file that names each path. Out: paths relative
// to the root config's folder; findings where two are the same.
// INVARIANT: a key of its own moves one of them, `state` moves the others.

import type { GatewayConfig } from '../contract/config.ts'
import { DEFAULTS } from '../contract/defaults.ts'
import type { Diagnostic } from '../contract/diagnostic.ts'
import type { RoutingTable } from '../contract/table.ts'
import { joinPath } from '../diagnostics/paths.ts'
import { showPath } from '../diagnostics/pointer.ts'
import { finding } from '../diagnostics/report.ts'

export interface OwnFiles
  extends Pick<RoutingTable, 'state' | 'key' | 'revoked' | 'grants'> {
  readonly audit: Pick<RoutingTable['audit'], 'file'>
}

type Written = Pick<
  GatewayConfig,
  'state' | 'key' | 'revoked' | 'grants' | 'audit'
>

export function placeOwnFiles(
  { state: named, key, revoked, grants, audit }: Written,
  folderOf: (pointer: string) => string,
): OwnFiles {
  const state = named === undefined ? '' : joinPath(folderOf('/state'), named)
  const place = (
    pointer: string,
    path: string | undefined,
    usual: string,
    folder = state,
  ) =>
    path === undefined
      ? joinPath(folder, usual)
      : joinPath(folderOf(pointer), path)
  const keyFile = place('/key', key, DEFAULTS.key)
  // Without a state, grants move with the key.
  const home = named === undefined ? keyFile.replace(/[^/\\]*$/, '') : state
  return {
    state,
    key: keyFile,
    revoked: place('/revoked', revoked, DEFAULTS.revoked),
    grants: { folder: place('/grants/folder', grants?.folder, 'grants', home) },
    audit: { file: place('/audit/file', audit?.file, DEFAULTS.audit.file) },
  }
}

/** Of an authored config of any shape: what is no text is left out. */
export function guessOwnFiles(authored: unknown): OwnFiles {
  const { state, key, revoked, grants, audit } = Object(authored)
  const written = {
    state: readText(state),
    key: readText(key),
    revoked: readText(revoked),
    grants: { folder: readText(Object(grants).folder) },
    audit: { file: readText(Object(audit).file) },
  }
  return placeOwnFiles(written as Written, () => '')
}

function readText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** A path, and the key that names it. */
interface Place {
  readonly pointer: string
  readonly path: string
  readonly isFolder?: true
  readonly isWritten: boolean
}

/** A file has one use, and is no folder of another. */
export function findClashes(
  files: OwnFiles,
  { state, key, revoked, grants, audit, tokens }: GatewayConfig,
  tokensFile: string,
): readonly Diagnostic[] {
  const isWritten = (path: string | undefined) => path !== undefined
  const places: readonly Place[] = [
    {
      pointer: '/state',
      path: files.state,
      isFolder: true,
      isWritten: isWritten(state),
    },
    {
      pointer: '/grants/folder',
      path: files.grants.folder,
      isFolder: true,
      isWritten: isWritten(grants?.folder),
    },
    { pointer: '/key', path: files.key, isWritten: isWritten(key) },
    { pointer: '/revoked', path: files.revoked, isWritten: isWritten(revoked) },
    {
      pointer: '/audit/file',
      path: files.audit.file,
      isWritten: isWritten(audit?.file),
    },
    {
      pointer: '/tokens/file',
      path: tokensFile,
      isWritten: isWritten(tokens?.file),
    },
  ]
  return places.flatMap((one, index) =>
    places.slice(index + 1).flatMap((other) => judgePair(one, other)),
  )
}

function judgePair(one: Place, other: Place): readonly Diagnostic[] {
  if (one.isFolder && other.isFolder) return []
  if (one.path === '' || !(one.isWritten || other.isWritten)) return []
  const isSame = one.path === other.path
  const isWithin =
    (!one.isFolder && other.path.startsWith(`${one.path}/`)) ||
    (!other.isFolder && one.path.startsWith(`${other.path}/`))
  if (!isSame && !isWithin) return []
  const { pointer } = one.isWritten ? one : other
  const [, far] = one.isWritten ? [one, other] : [other, one]
  const how = isSame ? 'the same path' : 'a path of which one is a folder'
  const message = `${showPath(pointer)} and ${showPath(far.pointer)} have ${how}`
  return [finding('GW3015', pointer, message)]
}

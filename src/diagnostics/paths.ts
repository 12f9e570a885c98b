// Paths that start at another folder.
// In: a folder, relative or absolute, and a path that is relative to it. Out:
// one path with `/`.
// INVARIANT: text only; an absolute path stays the same.

/** `ops/gate` and `../shared/roles.ts` → `ops/shared/roles.ts`; '' is the
 * folder to which both are relative. */
export function joinPath(folder: string, path: string): string {
  if (isAbsolutePath(path)) return path
  const kept: string[] = []
  for (const part of `${folder}/${path}`.split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..' && kept.length > 0 && kept.at(-1) !== '..') kept.pop()
    else kept.push(part)
  }
  return (folder.startsWith('/') ? '/' : '') + kept.join('/')
}

export function isAbsolutePath(path: string): boolean {
  return /^(?:\/|\\\\|[A-Za-z]:[\\/])/.test(path)
}

/** A command that is a path, not a name for PATH; `\` alone may be a sign of a
 * name elsewhere than on Windows. */
export function isPathLike(command: string): boolean {
  return (
    command.includes('/') || /^(?:\.{1,2}\\|\\\\|[A-Za-z]:\\)/.test(command)
  )
}

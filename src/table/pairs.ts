// Members of two objects, paired by their names.
// In: two objects. Out: each name once, sorted, with both values.
// INVARIANT: only own members: a server may be called `constructor`.

type Members<T> = Readonly<Record<string, T>>

export function pairMembers<T>(before: Members<T>, after: Members<T>) {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  const own = (side: Members<T>, name: string): T | undefined =>
    Object.hasOwn(side, name) ? side[name] : undefined
  return [...names]
    .sort()
    .map((name) => [name, own(before, name), own(after, name)] as const)
}

// A server of Docker's catalogue, or a server.yaml of its registry, as an Entry.
// In: a server as it was listed, and where. Out: the entry: a container over
// stdio, or its remote address.
// INVARIANT: secrets are named, as the catalogue names them; it has no values.

import { ask, drop, type Entry, makeEntry, type Origin } from './entry.ts'
import { type Listed, type Members, membersOf, ownOf } from './forms.ts'
import { toVariable } from './registry.ts'

export function readDockerEntry(
  { entry: one, name }: Listed,
  origin: Origin,
): Entry {
  const members = membersOf(one)
  const entry = makeEntry(name, origin)
  const about = { ...membersOf(members.about), ...members }
  if (typeof about.title === 'string') entry.title = about.title
  if (typeof about.description === 'string')
    entry.description = about.description
  const remote = { ...membersOf(members.remote) }
  const url = remote.url ?? members.sseEndpoint
  if (typeof url === 'string') {
    entry.url = template(url)
    for (const [header, value] of Object.entries(membersOf(remote.headers))) {
      entry.headers.set(header, template(String(value)))
    }
    if (members.oauth || ownOf(members, 'dynamic')) entry.auth = {}
    return entry
  }
  if (typeof members.image !== 'string') {
    drop(entry, '', 'it has neither an image nor an address')
    return entry
  }
  readImage(entry, members, members.image)
  return entry
}

function readImage(entry: Entry, members: Members, image: string): void {
  const run = membersOf(members.run)
  const secrets = listOf(members.secrets ?? ownOf(members, 'config', 'secrets'))
  const env = listOf(members.env ?? ownOf(members, 'config', 'env'))
  const volumes = [members.volumes ?? run.volumes ?? []].flat().map(String)
  const command = [members.command ?? run.command ?? []].flat().map(String)
  for (const { env: name } of secrets) {
    if (typeof name !== 'string') continue
    entry.secrets.add(name)
    entry.env.set(name, undefined)
  }
  for (const { name, value } of env) {
    if (typeof name !== 'string') continue
    entry.env.set(
      name,
      value === undefined ? undefined : template(String(value)),
    )
  }
  if (volumes.length > 0)
    ask(entry, 'args', 'which folders of the host may the container see?')
  entry.command = 'docker'
  entry.args = [
    ...['run', '-i', '--rm', '--init'],
    ...[...entry.env.keys()].flatMap((name) => ['-e', name]),
    ...volumes.flatMap((volume) => [
      '-v',
      template(volume.replace(/\|[^}]*/g, '')),
    ]),
    image,
    ...command.map(template),
  ]
  const config = ownOf(members, 'config')
  if (Array.isArray(config) && config.length > 0) {
    ask(
      entry,
      '',
      'Docker asks for settings of this server: which values does it need?',
    )
  }
}

function listOf(value: unknown): readonly Members[] {
  return Array.isArray(value) ? value.map(membersOf) : []
}

/** `{{github.url}}` → a reference. */
function template(text: string): string {
  return text.replaceAll(
    /\{\{\s*([\w.-]+)[^}]*\}\}/g,
    (_, name: string) => `\${${toVariable(name)}}`,
  )
}

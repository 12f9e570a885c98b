// server.json of the MCP registry as an Entry.
// In: a listed server. Out: its first remote, or the first package with a runner.
// INVARIANT: what somebody must fill in is a reference or a question, never an
// invented value; packages are named with their version.

import { ask, drop, type Entry, makeEntry, type Origin } from './entry.ts'
import { type Listed, type Members, membersOf } from './forms.ts'

export function readRegistryEntry(
  { entry: one, name }: Listed,
  origin: Origin,
): Entry {
  const members = membersOf(one)
  const entry = makeEntry(name.slice(name.lastIndexOf('/') + 1), origin)
  const { title, description } = members
  entry.title = typeof title === 'string' ? title : name
  if (typeof description === 'string') entry.description = description
  const remotes = listOf(members.remotes)
  const packages = listOf(members.packages)
  const [remote] = remotes
  const index = packages.findIndex((item) => runnerOf(item) !== undefined)
  const item = packages[index]
  if (remote) readRemote(entry, remote)
  else if (item) readPackage(entry, item)
  else drop(entry, '', 'no package of it has a runner that the gateway starts')
  const left = [
    ...remotes.map((_, at) => `remotes.${at}`).slice(1),
    ...packages
      .map((_, at) => `packages.${at}`)
      .filter((_, at) => remote || at !== index),
  ]
  for (const key of left)
    drop(entry, key, 'another way to reach the same server')
  return entry
}

function listOf(value: unknown): readonly Members[] {
  return Array.isArray(value) ? value.map(membersOf) : []
}

/** Older files have snake_case. */
function textOf(members: Members, ...keys: readonly string[]): string {
  const found = keys.map((key) => members[key]).find((one) => one !== undefined)
  return typeof found === 'string' ? found : ''
}

function readRemote(entry: Entry, remote: Members): void {
  entry.url = fill(entry, textOf(remote, 'url'), remote.variables)
  for (const header of listOf(remote.headers)) {
    const name = textOf(header, 'name')
    if (name === '') continue
    if (header.isSecret === true) entry.secrets.add(name)
    const value = readValue(entry, header, `${entry.name}_${name}`)
    if (value !== undefined) entry.headers.set(name, value)
  }
}

const RUNNERS: Readonly<
  Record<string, (id: string, version: string) => readonly string[]>
> = Object.freeze({
  npm: (id, version) => ['npx', '-y', version ? `${id}@${version}` : id],
  pypi: (id, version) => ['uvx', version ? `${id}==${version}` : id],
  oci: (id, version) => [
    'docker',
    'run',
    '-i',
    '--rm',
    id.includes('@') || /:[^/]*$/.test(id) || !version
      ? id
      : `${id}:${version}`,
  ],
})

function runnerOf(item: Members) {
  const type = textOf(item, 'registryType', 'registry_type', 'registry_name')
  const kind = type === 'docker' ? 'oci' : type
  return Object.hasOwn(RUNNERS, kind) ? RUNNERS[kind] : undefined
}

function readPackage(entry: Entry, item: Members): void {
  const id = textOf(item, 'identifier', 'name')
  const version = textOf(item, 'version')
  const words = runnerOf(item)?.(id, /^\d/.test(version) ? version : '') ?? []
  const [command = '', ...before] = words
  const name = before.at(-1) ?? ''
  const variables = listOf(
    item.environmentVariables ?? item.environment_variables,
  )
  const passed =
    command === 'docker'
      ? variables.flatMap((one) => ['-e', textOf(one, 'name')])
      : []
  entry.command = command
  entry.args = [
    ...before.slice(0, -1),
    ...passed,
    ...argumentsOf(entry, item.runtimeArguments ?? item.runtime_arguments),
    name,
    ...argumentsOf(entry, item.packageArguments ?? item.package_arguments),
  ]
  for (const variable of variables) {
    const key = textOf(variable, 'name')
    if (variable.isSecret === true || variable.is_secret === true)
      entry.secrets.add(key)
    const value = readValue(entry, variable, key)
    if (value !== undefined) entry.env.set(key, value)
    else if (command === 'docker') entry.env.set(key, undefined)
  }
  const transport = membersOf(item.transport)
  if (typeof transport.url === 'string') {
    drop(entry, '', 'its package listens itself: start it, then import its URL')
  }
}

function argumentsOf(entry: Entry, value: unknown): readonly string[] {
  return listOf(value).flatMap((one) => {
    const name = textOf(one, 'name')
    const hint = textOf(one, 'valueHint', 'value_hint', 'name') || 'argument'
    const told = readValue(entry, one, hint.replace(/^-+/, ''))
    if (one.type !== 'named') return told === undefined ? [] : [told]
    if (told === undefined) return one.isRequired === true ? [name] : []
    return [name, told]
  })
}

/** Undefined for what is optional and has no value. */
function readValue(
  entry: Entry,
  one: Members,
  name: string,
): string | undefined {
  const value = textOf(one, 'value', 'default')
  const isRequired = one.isRequired === true || one.is_required === true
  const isSecret = one.isSecret === true || one.is_secret === true
  if (value !== '') return fill(entry, value, one.variables)
  if (!isRequired && !isSecret) return undefined
  const text = textOf(one, 'description')
  if (!isSecret && text !== '') ask(entry, '', `${name}: ${text}`)
  return `\${${toVariable(name)}}`
}

export function toVariable(name: string): string {
  const plain = name.replaceAll(/[^A-Za-z0-9]+/g, '_').replace(/^_+|_+$/g, '')
  return (/^\d/.test(plain) ? `V_${plain}` : plain || 'VALUE').toUpperCase()
}

/** `{tenant}` with its default, or as a reference. */
function fill(entry: Entry, text: string, variables: unknown): string {
  return text.replaceAll(/(?<!\$)\{([\w.-]+)\}/g, (_, name: string) => {
    const variable = membersOf(membersOf(variables)[name])
    const value = textOf(variable, 'value', 'default')
    if (value !== '' && variable.isSecret !== true) return value
    return `\${${toVariable(`${entry.name}_${name}`)}}`
  })
}

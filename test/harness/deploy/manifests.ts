// Objects of Kubernetes against the schemas of its OpenAPI description.
// In: YAML. Out: what an API server would refuse, or drop without a word.

import {
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { root } from '../gateway.ts'
import { typeCheck } from '../type-check.ts'

export interface KubeObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
  }
  readonly [key: string]: unknown
}

/** As Kubernetes reads it: in YAML 1.1, 0440 is octal. */
export function readObjects(yaml: string): readonly KubeObject[] {
  return parseAllDocuments(yaml, { version: '1.1' }).flatMap((document) => {
    const [error] = document.errors
    if (error) throw error
    const value = document.toJS() as KubeObject | null
    return value === null ? [] : [value]
  })
}

const load = createRequire(import.meta.url)

/** Missing members, and values of a wrong type. */
export function judgeObject(object: KubeObject): readonly string[] {
  const { kind } = object
  try {
    const models = load(modelPath(object))
    new models[kind](object).validate()
    return []
  } catch (error) {
    return [`${kind} ${object.metadata?.name}: ${(error as Error).message}`]
  }
}

/** Members that no schema has: the server drops them. tsc reads the types. */
export function judgeMembers(
  objects: readonly KubeObject[],
): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-'))
  try {
    mkdirSync(join(folder, 'node_modules'))
    const name = 'kubernetes-models'
    symlinkSync(
      join(root, 'node_modules', name),
      join(folder, 'node_modules', name),
    )
    const lines = objects.map((object, at) => {
      const path = JSON.stringify(modelPath(object))
      const { apiVersion: _apiVersion, kind: _kind, ...rest } = object
      return `import { ${object.kind} as C${at} } from ${path}\nnew C${at}(${JSON.stringify(rest, null, 1)})`
    })
    const file = join(folder, 'objects.mts')
    writeFileSync(file, lines.join('\n'))
    return typeCheck([file]).map(({ text }) => text)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function modelPath({ apiVersion, kind }: KubeObject): string {
  return `kubernetes-models/${apiVersion}/${kind}`
}

interface PodTemplate {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> }
  readonly spec: {
    readonly automountServiceAccountToken?: boolean
    readonly terminationGracePeriodSeconds?: number
    readonly securityContext?: Readonly<Record<string, unknown>>
    readonly containers: readonly {
      readonly args?: readonly string[]
      readonly ports?: readonly { readonly name: string }[]
      readonly securityContext?: Readonly<Record<string, unknown>>
      readonly volumeMounts?: readonly {
        readonly name: string
        readonly mountPath: string
        readonly subPath?: string
        readonly readOnly?: boolean
      }[]
    }[]
    readonly volumes?: readonly { readonly name: string }[]
  }
}

interface Workload {
  readonly replicas: number
  readonly selector: { readonly matchLabels: object }
  readonly template: PodTemplate
}

export function podOf(objects: readonly KubeObject[]): PodTemplate {
  return workloadOf(objects).template
}

function workloadOf(objects: readonly KubeObject[]): Workload {
  const found = objects.filter(({ kind }) => kind === 'StatefulSet')
  if (found.length !== 1) throw new Error('there must be one StatefulSet')
  return found[0]?.spec as Workload
}

/** What makes this gateway safe there: one pod, restricted, a state of its own,
 * and more time than `drainMs` to end. */
export function judgeGateway(
  objects: readonly KubeObject[],
  drainMs: number,
): readonly string[] {
  const { replicas, selector, template } = workloadOf(objects)
  const { spec } = template
  const [container] = spec.containers
  const grace = (spec.terminationGracePeriodSeconds ?? 30) * 1000
  const volumes = new Set(spec.volumes?.map(({ name }) => name))
  const mounts = container?.volumeMounts ?? []
  const writable = mounts.filter(({ readOnly }) => !readOnly)
  const rules: Readonly<Record<string, boolean>> = {
    'one replica': replicas === 1,
    'time for the drain, and 10 s more': grace >= drainMs + 10_000,
    'the selector is in the labels': isPart(
      selector.matchLabels,
      template.metadata.labels,
    ),
    'every mount has a volume': mounts.every(({ name }) => volumes.has(name)),
    'a mount that follows changes': mounts.every(({ subPath }) => !subPath),
    'only state and tmp can be written':
      writable.map(({ mountPath }) => mountPath).join() ===
      '/var/lib/gateway,/tmp',
    'no token of the API': spec.automountServiceAccountToken === false,
    ...judgeRestricted(spec),
  }
  return Object.keys(rules).filter((rule) => !rules[rule])
}

/** The Pod Security Standard `restricted`, and a root that is read-only. */
function judgeRestricted({
  securityContext = {},
  containers,
}: PodTemplate['spec']) {
  const { runAsNonRoot, runAsUser, seccompProfile } = securityContext
  const each = containers.map(({ securityContext = {} }) => securityContext)
  return {
    'a user that is not root': runAsNonRoot === true && Number(runAsUser) > 0,
    seccomp: JSON.stringify(seccompProfile) === '{"type":"RuntimeDefault"}',
    'no more rights': each.every(
      ({ allowPrivilegeEscalation }) => allowPrivilegeEscalation === false,
    ),
    'no capabilities': each.every(
      ({ capabilities }) => JSON.stringify(capabilities) === '{"drop":["ALL"]}',
    ),
    'a root that is read-only': each.every(
      ({ readOnlyRootFilesystem }) => readOnlyRootFilesystem === true,
    ),
  }
}

function isPart(part: object, whole: object): boolean {
  const there = whole as Readonly<Record<string, unknown>>
  return Object.entries(part).every(([key, value]) => there[key] === value)
}

/** Services, budgets and policies choose the pod; what it names exists. */
export function judgeReferences(
  objects: readonly KubeObject[],
  outside: readonly string[],
): readonly string[] {
  const { template } = workloadOf(objects)
  const named = new Set([
    ...objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`),
    ...outside,
  ])
  const wanted = [
    ...JSON.stringify(template.spec.volumes).matchAll(
      /"(configMap|secret|persistentVolumeClaim)":\{[^}]*"(?:name|secretName|claimName)":"([^"]+)"/g,
    ),
  ].map(([, kind = '', name]) => `${KINDS[kind]}/${name}`)
  const choosers = objects.flatMap(({ kind, spec }) => {
    const labels = chosenBy(kind, (spec ?? {}) as Chooser)
    return labels ? [{ kind, labels }] : []
  })
  return [
    ...wanted.filter((one) => !named.has(one)),
    ...choosers
      .filter(({ labels }) => !isPart(labels, template.metadata.labels))
      .map(({ kind }) => `${kind} chooses another pod`),
  ]
}

interface Chooser {
  readonly selector?: object & { readonly matchLabels?: object }
  readonly podSelector?: { readonly matchLabels?: object }
}

function chosenBy(
  kind: string,
  { selector, podSelector }: Chooser,
): object | undefined {
  if (kind === 'Service') return selector
  return (podSelector ?? selector)?.matchLabels
}

const KINDS: Readonly<Record<string, string>> = {
  configMap: 'ConfigMap',
  secret: 'Secret',
  persistentVolumeClaim: 'PersistentVolumeClaim',
}

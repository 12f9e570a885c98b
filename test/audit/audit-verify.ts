// What `gateway audit verify` can know, and who can verify.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import t from 'tap'
import { listTrail } from '../../src/contract/audit-files.ts'
import { hashLine, writeLine } from '../../src/runtime/audit/chain.ts'
import { KeyedDigest } from '../../src/runtime/audit/digest.ts'
import { deriveKey } from '../../src/runtime/base/key.ts'
import { makeFolder, runHere } from '../harness/gateway.ts'
import { holdClock, KEY, openLog, writeTrail } from '../harness/trail/make.ts'
import { makeTrail, verify, writeRun } from '../harness/trail/verified.ts'

/** What is done to the lines of one run, and what `verify` must then say. */
const DOUBTS: Readonly<
  Record<
    string,
    readonly [
      (lines: readonly string[]) => readonly string[],
      { readonly why: RegExp; readonly at: string; readonly good: number },
    ]
  >
> = {
  'one altered, the next vouches': [
    (lines) => spoil(lines, 5),
    { why: /^the next record contains another hash/, at: '5', good: 4 },
  ],
  'two altered side by side': [
    (lines) => spoil(lines, 5, 6),
    { why: /^one of records 5 and 6 was changed$/, at: '6 or 5', good: 4 },
  ],
  'three altered': [
    (lines) => spoil(lines, 5, 6, 7),
    { why: /^one of records 5 and 6 was changed$/, at: '6 or 5', good: 4 },
  ],
  'the prevHash of one altered': [
    (lines) =>
      edit(lines, 6, (line) => line.replace(/(prevHash":")../, '$1ff')),
    { why: /^one of records 5 and 6 was changed$/, at: '6 or 5', good: 4 },
  ],
  'the last but one of what has no checkpoint': [
    (lines) => spoil(lines, 11),
    { why: /^one of records 11 and 12 was changed$/, at: '12 or 11', good: 10 },
  ],
  'one removed, and the one before it altered': [
    (lines) => spoil(lines, 4).filter((_, at) => at !== 4),
    { why: /^seq 6 is here, but 5 was expected$/, at: '6', good: 3 },
  ],
  'one put in before the one that it is like': [
    (lines) => twin(lines, 5, 0),
    { why: /^it was inserted$/, at: '5', good: 4 },
  ],
  'one put in behind the one that it is like': [
    (lines) => twin(lines, 5, 1),
    { why: /^it was inserted$/, at: '5', good: 5 },
  ],
  'one put in, and what follows altered': [
    (lines) =>
      edit(twin(lines, 5, 1), 7, (line) =>
        line.replace(/(prevHash":")../, '$1ff'),
      ),
    {
      why: /^one of the two records 5 was inserted$/,
      at: '5 or 5',
      good: 4,
    },
  ],
  'two swapped': [
    (lines) => [
      ...lines.slice(0, 4),
      lines[5] ?? '',
      lines[4] ?? '',
      ...lines.slice(6),
    ],
    { why: /^seq 6 is here, but 5 was expected$/, at: '6', good: 3 },
  ],
  'behind a checkpoint, which is good by its signature': [
    (lines) => spoil(lines, 9, 10),
    { why: /^one of records 9 and 10 was changed$/, at: '10 or 9', good: 8 },
  ],
  'the first one of all, and the next': [
    (lines) => spoil(lines, 1, 2),
    { why: /^one of records 1 and 2 was changed$/, at: '2 or 1', good: 0 },
  ],
}

function edit(
  lines: readonly string[],
  seq: number,
  change: (line: string) => string,
): readonly string[] {
  return lines.map((line, at) => (at === seq - 1 ? change(line) : line))
}

function spoil(lines: readonly string[], ...seqs: readonly number[]) {
  return lines.map((line, at) =>
    seqs.includes(at + 1) ? line.replace('"requestId":"', '$&x') : line,
  )
}

function twin(lines: readonly string[], seq: number, by: number) {
  const forged = (lines[seq - 1] ?? '').replace('"requestId":"', '$&x')
  return [...lines.slice(0, seq - 1 + by), forged, ...lines.slice(seq - 1 + by)]
}

for (const [what, [spoilt, said]] of Object.entries(DOUBTS)) {
  t.test(`N1 what cannot be known is said so: ${what}`, async (t) => {
    const { folder, file } = makeTrail(t)
    // Seven records and a checkpoint, seq 8; four more.
    writeRun(folder, [...'abcdefg'])
    const { log } = openLog(folder, holdClock())
    for (const name of 'hijk')
      log.append(`"event":"intent","requestId":"${name}"`)
    log.flush()
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
    writeFileSync(file, `${spoilt(lines).join('\n')}\n`)
    const { code, fault, records, last } = await verify(folder)
    t.equal(code, 1)
    t.match(fault.why, said.why)
    t.equal(
      [fault, fault.other].flatMap((one) => one?.seq ?? []).join(' or '),
      said.at,
    )
    t.equal(fault.good ?? 0, said.good)
    t.equal(records, said.good, 'what is counted is good')
    t.equal(last?.seq ?? 0, said.good)
    const args = ['audit', 'verify', '--cwd', folder]
    const { stdout } = await runHere(args)
    t.equal(
      /^intact up to seq (\d+)$/m.exec(stdout)?.[1] ?? '0',
      `${said.good}`,
    )
    log.close()
  })
}

t.test('N1 across two files', async (t) => {
  const { folder, file } = makeTrail(t)
  writeTrail(folder, 200, 'x')
  const names = listTrail(basename(file), readdirSync(dirname(file)))
  const [first = '', second = ''] = names.map((name) =>
    join(dirname(file), name),
  )
  const change = (path: string, at: number) => {
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
    const line = lines.at(at) ?? ''
    lines[at < 0 ? lines.length + at : at] = line.replace(/}$/, ',"x":1}')
    writeFileSync(path, `${lines.join('\n')}\n`)
    return JSON.parse(line).seq as number
  }
  const before = change(first, -1)
  change(second, 0)
  // By hashes alone: with the key the checkpoint at its end tells.
  const { fault } = await verify(folder, first, second)
  t.match(fault, {
    why: `one of records ${before} and ${before + 1} was changed`,
    file: second,
    other: { file: first },
    good: before - 1,
  })
})

t.test('a file that is not a trail gets no verdict', async (t) => {
  const { folder, file } = makeTrail(t)
  writeRun(folder, ['a', 'b'])
  const key = ['--key', join(folder, 'gateway.key')]
  const other = join(folder, 'notes.md')
  for (const text of ['# Notes\n\nmore\n', '{"a":1}\n', 'no end', '\0\n']) {
    writeFileSync(other, text)
    for (const files of [[other], [file, other]]) {
      const { code, stderr } = await verify(folder, ...key, ...files)
      t.equal(code, 2, text)
      t.match(
        stderr,
        /notes\.md is not an audit trail: no line of it is a record/,
      )
      t.match(stderr, /help: name audit files/)
    }
  }
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, text.replace('{"ts"', '{"t"'))
  const spoilt = await verify(folder, ...key, file)
  t.match(spoilt, { code: 1, fault: { line: 1 } }, 'one that was changed is')
})

t.test('N6 the public key cannot sign', async (t) => {
  const { folder, file } = makeTrail(t)
  writeRun(folder, ['a', 'b'])
  const { stdout: spelt } = await runHere(['audit', 'key', '--cwd', folder])
  t.match(spelt, /^ed25519:[\w-]{43}\n$/)
  const copy = join(folder, 'audit.pub')
  writeFileSync(copy, spelt)
  for (const given of [spelt.trim(), copy]) {
    const whole = { code: 0, keyed: true, sealed: 3, limits: [] }
    t.match(await verify(folder, '--public', given), whole)
  }
  const none = await verify(folder, '--public', 'ed25519:x')
  t.match(none, { code: 2, stderr: /is not a public key/ })
  t.equal((await verify(folder, '--public', copy, '--key', 'k')).code, 2)
  t.equal((await runHere(['audit', 'key', '--cwd', makeFolder(t)])).code, 2)

  // All of it made anew, with a mac as before there were signatures.
  const text = readFileSync(file, 'utf8')
  const lines = text.trimEnd().split('\n')
  const sealed = (lines[2] ?? '').replace(
    /"signature":"[^"]+"/,
    `"mac":"${'0'.repeat(64)}"`,
  )
  const old = `${[...lines.slice(0, 2), sealed].join('\n')}\n`
  writeFileSync(file, old)
  writeFileSync(`${file}.head`, `${sealed}\n0\n`)
  const forged = await verify(folder, '--public', copy)
  t.match(forged, { code: 1, fault: { why: /^no checkpoint of it is signed/ } })
  t.match(await verify(folder), { code: 1 }, 'nor is the mac')
  const other = ['--public', 'ed25519:'.padEnd(51, 'A')]
  writeFileSync(file, text)
  writeFileSync(`${file}.head`, `${lines[2]}\n0\n`)
  t.match(await verify(folder, ...other), { code: 1, fault: { seq: 3 } })
})

t.test('N6 a trail with MACs continues with signatures', async (t) => {
  const { folder, file } = makeTrail(t)
  writeRun(folder, ['a'])
  const [first = ''] = readFileSync(file, 'utf8').split('\n')
  const after = { seq: 1, hash: hashLine(first) }
  const begin = writeLine(after, '2026-11-27T10:00:00.000Z', MAC_SEAL).slice(
    0,
    -1,
  )
  const mac = new KeyedDigest(deriveKey(KEY, 'checkpoints'))
  const sealed = `${begin}${mac.sign(Buffer.from(begin))}"}}`
  writeFileSync(file, `${first}\n${sealed}\n`)
  writeFileSync(`${file}.head`, `${sealed}\n${first.length + 1}\n`)
  t.match(await verify(folder), { code: 0, sealed: 2 })
  writeRun(folder, ['b'])
  t.match(await verify(folder), { code: 0, sealed: 4, records: 4 })
  const { stdout } = await runHere(['audit', 'key', '--cwd', folder])
  const open = ['--public', stdout.trim()]
  t.match(await verify(folder, ...open), { code: 0, sealed: 4 })
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, text.replace('"a"', '"x"'))
  t.match(
    await verify(folder, ...open),
    { code: 1 },
    'covered by the signature',
  )
})

const MAC_SEAL =
  '"event":"notice","notice":"checkpoint","table":null,"detail":{"mac":"'

// The schemas of what verbs print with `--report json`, from their types.
// In: src/cli/documents. Out: files of schema/, by name.
// INVARIANT: a member that the type does not have is in no document.

import { join } from 'node:path'
import { createGenerator } from 'ts-json-schema-generator'

/** The file of a schema → the type that it is made from. */
export const DOCUMENTS: Readonly<Record<string, string>> = {
  'init.schema.json': 'InitDocument',
  'explain.schema.json': 'ExplainDocument',
  'diff.schema.json': 'DiffDocument',
  'lock.report.schema.json': 'LockDocument',
  'compile.schema.json': 'CompileDocument',
  'serve.schema.json': 'ServeDocument',
  'token-issue.schema.json': 'IssueDocument',
  'token-list.schema.json': 'TokenListDocument',
  'token-inspect.schema.json': 'TokenInspectDocument',
  'token-revoke.schema.json': 'TokenRevokeDocument',
  'connect.schema.json': 'ConnectDocument',
  'whoami.schema.json': 'WhoAmIDocument',
  'call.schema.json': 'CallDocument',
  'grants-list.schema.json': 'GrantsListDocument',
  'grants-revoke.schema.json': 'GrantsRevokeDocument',
  'audit-query.schema.json': 'AuditQueryDocument',
  'audit-verify.schema.json': 'AuditVerifyDocument',
  'audit-replay.schema.json': 'AuditReplayDocument',
  'audit-unused.schema.json': 'AuditUnusedDocument',
  'audit-key.schema.json': 'AuditKeyDocument',
  'failure.schema.json': 'FailureReport',
}

export function writeSchemas(root: string): ReadonlyMap<string, string> {
  const generator = createGenerator({
    path: join(root, 'src/{cli/documents/*,contract/failure-report}.ts'),
    tsconfig: join(root, 'test/scripts/schemas.tsconfig.json'),
    skipTypeCheck: true,
    topRef: false,
    sortProps: false,
    additionalProperties: false,
    encodeRefs: false,
  })
  return new Map(
    Object.entries(DOCUMENTS).map(([file, type]) => {
      const made = generator.createSchema(type)
      const { $schema: _, definitions, ...rest } = made
      const schema = {
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        $id: file,
        title: `Portcullis ${file.replace('.schema.json', '')}`,
        ...rest,
        $defs: definitions,
      }
      const text = JSON.stringify(schema, null, 2).replaceAll(
        '#/definitions/',
        '#/$defs/',
      )
      return [file, `${text}\n`]
    }),
  )
}

// Roles and teams: a misspelt name is an error where it is used.
import { defineGateway, http } from 'portcullis'

const servers = {
  github: http({ url: 'https://example.com/mcp' }),
  gitlab: http({ url: 'https://example.com/mcp' }),
}

export const right = defineGateway({
  servers,
  roles: {
    nothing: {},
    reader: {
      allow: {
        github: [
          'get_*',
          { tool: 'search' },
          { tool: 'equals', when: { owner: { equals: 'acme' } } },
          { tool: 'in', when: { '/repo/owner': { in: ['acme', 1, null] } } },
          { tool: 'glob', when: { path: { glob: '/srv/*' } } },
          { tool: 'min', when: { n: { min: 1 }, m: { min: 1, max: 2 } } },
          { tool: 'max', when: { n: { max: 1 } } },
          { resource: 'file:///srv/*' },
          { prompt: 'review' },
        ],
        gitlab: [],
      },
      deny: { github: ['delete_*'] },
    },
    engineer: { extends: ['reader', 'nothing'] },
  },
  teams: { platform: { roles: ['engineer'] }, nobody: { roles: [] } },
})

export const wrong = defineGateway({
  servers,
  roles: {
    reader: {
      allow: {
        //! TS2561 Did you mean to write 'github'?
        githb: ['*'],
      },
      deny: {
        //! TS2561 Did you mean to write 'gitlab'?
        gitlb: ['*'],
      },
    },
    //! TS2561 Did you mean to write 'allow'?
    misspelt: { alow: {} },
    //! TS2820 Did you mean '"reader"'?
    extending: { extends: ['raeder'] },
    //! TS2322 Type 'string' is not assignable to type 'readonly
    single: { extends: 'reader' },
    //! TS2322 Type 'string' is not assignable to type 'readonly EntryConfig
    pattern: { allow: { github: '*' } },
    entries: {
      allow: {
        github: [
          //! TS2322 Type 'number' is not assignable to type 'EntryConfig
          7,
          //! TS2322 Type '{}' is not assignable to type 'EntryConfig
          {},
          //! TS2561 Did you mean to write 'resource'?
          { resuorce: 'x' },
          //! TS2322 Type 'string' is not assignable to type 'undefined'
          { tool: 'x', resource: 'y' },
          //! TS2322 Type 'string' is not assignable to type 'undefined'
          { tool: 'x', prompt: 'y' },
          //! TS2322 is not assignable to type 'undefined'
          { resource: 'x', when: { a: { equals: 1 } } },
          //! TS2561 Did you mean to write 'when'?
          { tool: 'x', whn: {} },
        ],
      },
    },
    constraints: {
      allow: {
        github: [
          //! TS2561 Did you mean to write 'equals'?
          { tool: 'x', when: { a: { equal: 1 } } },
          //! TS2322 Type '{}' is not assignable to type 'ConstraintConfig'
          { tool: 'x', when: { a: {} } },
          //! TS2322 Types of property 'in' are incompatible
          { tool: 'x', when: { a: { equals: 1, in: [2] } } },
          //! TS2322 Types of property 'min' are incompatible
          { tool: 'x', when: { a: { glob: '*', min: 2 } } },
          //! TS2322 is not assignable to type 'Scalar
          { tool: 'x', when: { a: { equals: ['x'] } } },
          //! TS2322 Type 'string' is not assignable to type 'readonly Scalar[]'
          { tool: 'x', when: { a: { in: 'x' } } },
          //! TS2322 Type 'string' is not assignable to type 'number'
          { tool: 'x', when: { a: { min: '1' } } },
          //! TS2322 Type 'string' is not assignable to type 'ConstraintConfig'
          { tool: 'x', when: { a: 'acme' } },
        ],
      },
    },
  },
  teams: {
    //! TS2820 Did you mean '"reader"'?
    one: { roles: ['reder'] },
    //! TS2741 Property 'roles' is missing
    two: {},
    //! TS2561 Did you mean to write 'roles'?
    three: { roles: [], role: 'reader' },
  },
})

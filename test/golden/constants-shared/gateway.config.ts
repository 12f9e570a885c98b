import { defineGateway, http } from 'portcullis'

const url = 'https://wiki.example/mcp'
const common = { isolation: 'none', timeut: '5s' } as never
const search = ['find_?']
const make = (name: string) => http({ url: `${name}.example/mcp` })

// Each is written once, and has one finding; what differs has its own.
export default defineGateway({
  servers: {
    a: http({ url, ...common }),
    b: http({ url, ...common }),
    c: http({ url, ...common }),
    d: http({ url, ...common }),
    e: http({ url, ...common }),
    f: make('f'),
    g: make('g'),
  },
  roles: {
    reader: { allow: { a: search } },
    writer: { allow: { a: search } },
  },
})

// Addresses × proxies × TLS × Host: what a row says, and what must come of it.
// In: nothing. Out: rows; each is a config, a way to it, and what is accepted.

/** Files of the folder that serves. */
export const TLS = { cert: 'cert.pem', key: 'key.pem' }

export type Reach = 'plain' | 'tls' | 'proxy'

interface Row {
  readonly listen: object
  readonly reach: Reach
  /** `PORT`: of the listener. */
  readonly shown: string
  readonly accepted: readonly string[]
  readonly refused?: readonly string[]
  /** What a client or a proxy may add. */
  readonly headers?: Readonly<Record<string, string>>
}

const PUBLIC = { publicUrl: 'https://mcp.example.com' }
const PROXIED = { ...PUBLIC, behindProxy: ['127.0.0.1/32'] }
const SPELLINGS = [
  'mcp.example.com',
  'MCP.Example.COM',
  'mcp.example.com.',
  'mcp.example.com:443',
  'mcp.example.com.:443',
  'mcp.example.com:4600',
]
const STRANGE = [
  'evil.example',
  'mcp.example.com.evil.example',
  'evil.mcp.example.com',
  'mcp.example.com@evil.example',
  'mcp.example.com, evil.example',
  'mcp.example.com:443:443',
  'mcp.example.com..',
]
const FORWARDED = {
  'x-forwarded-host': 'evil.example',
  'x-forwarded-proto': 'http',
  'x-forwarded-port': '81',
  'x-forwarded-prefix': '/evil',
  forwarded: 'host=evil.example;proto=http',
}

export const ROWS: readonly Row[] = [
  {
    listen: {},
    reach: 'plain',
    shown: 'http://127.0.0.1:PORT',
    accepted: ['127.0.0.1:PORT', 'localhost', '[::1]:1', 'LOCALHOST:80'],
    refused: [...STRANGE, 'mcp.example.com', 'localhost.', '0.0.0.0'],
    headers: { 'x-forwarded-host': 'localhost' },
  },
  {
    listen: PROXIED,
    reach: 'proxy',
    shown: 'https://mcp.example.com',
    accepted: [...SPELLINGS, 'localhost'],
    refused: STRANGE,
    headers: FORWARDED,
  },
  {
    listen: PROXIED,
    reach: 'proxy',
    shown: 'https://mcp.example.com',
    accepted: [],
    refused: ['evil.example'],
    headers: { 'x-forwarded-host': 'mcp.example.com' },
  },
  {
    listen: { ...PROXIED, host: '0.0.0.0' },
    reach: 'plain',
    shown: 'https://mcp.example.com',
    accepted: SPELLINGS,
    refused: STRANGE,
  },
  {
    listen: { publicUrl: 'https://MCP.example.com:443/' },
    reach: 'proxy',
    shown: 'https://mcp.example.com',
    accepted: SPELLINGS,
  },
  {
    listen: { publicUrl: 'https://mcp.example.com.' },
    reach: 'proxy',
    shown: 'https://mcp.example.com.',
    accepted: SPELLINGS,
  },
  {
    listen: { publicUrl: 'https://mcp.example.com:8443' },
    reach: 'proxy',
    shown: 'https://mcp.example.com:8443',
    accepted: ['mcp.example.com:8443', 'MCP.example.com.:8443'],
    refused: ['mcp.example.com', 'mcp.example.com:443', 'mcp.example.com:84'],
  },
  {
    listen: { publicUrl: 'https://[2001:DB8::1]' },
    reach: 'proxy',
    shown: 'https://[2001:db8::1]',
    accepted: ['[2001:db8::1]', '[2001:DB8:0:0::1]:443'],
    refused: ['[2001:db8::2]', '2001:db8::1'],
  },
  {
    listen: { ...PUBLIC, hosts: ['mcp.internal:8080', 'other.internal'] },
    reach: 'proxy',
    shown: 'https://mcp.example.com',
    accepted: ['mcp.example.com', 'mcp.internal:8080', 'other.internal:1'],
    refused: ['localhost', '127.0.0.1', 'mcp.internal'],
  },
  {
    listen: { publicUrl: 'http://localhost:4600' },
    reach: 'plain',
    shown: 'http://localhost:4600',
    accepted: ['localhost:4600', '127.0.0.1:PORT'],
    refused: ['mcp.example.com'],
  },
  {
    listen: { tls: TLS },
    reach: 'tls',
    shown: 'https://127.0.0.1:PORT',
    accepted: ['127.0.0.1:PORT', 'localhost'],
    refused: ['mcp.example.com'],
  },
  {
    listen: { ...PUBLIC, tls: TLS },
    reach: 'tls',
    shown: 'https://mcp.example.com',
    accepted: [...SPELLINGS, '127.0.0.1:PORT'],
    refused: STRANGE,
    headers: FORWARDED,
  },
  {
    listen: { ...PUBLIC, host: '::', tls: TLS },
    reach: 'tls',
    shown: 'https://mcp.example.com',
    accepted: SPELLINGS,
    refused: STRANGE,
  },
]

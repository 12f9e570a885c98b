import { defineGateway, http } from 'portcullis'

// Whoever connects from such a block chooses the address that is recorded.
export default defineGateway({
  listen: {
    behindProxy: [
      '0.0.0.0/0',
      '::/0',
      '2000::/3',
      '128.0.0.0/7',
      '10.0.0.1/8',
      '2001:db8::5/32',
      '300.1.1.1/32',
      '1::2::3/64',
      '10.0.0.0/8',
      'fc00::/7',
      '::ffff:10.0.0.0/104',
    ],
  },
  servers: { github: http({ url: 'https://example.com/mcp' }) },
  lints: { GW4001: 'off' },
})

import { defineGateway, http, stdio } from 'portcullis'

export default defineGateway({
  servers: {
    github: http({ url: 'https://example.com/mcp' }),
    bare: http({ url: 'https://example.org/mcp', prefix: '' }),
  },
  roles: {
    reader: {
      allow: {
        github: [
          'a_tool_with_a_name_that_is_fifty_characters_long_x',
          'a_tool_with_a_name_that_is_seventy_characters_long_and_nobody_takes_it',
        ],
        bare: ['2fa', { prompt: '3d' }],
      },
    },
  },
})

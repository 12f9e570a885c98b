const { defineGateway, http } = require('portcullis')

module.exports = defineGateway({
  servers: { github: http({ url: 'https://example.com/mcp' }) },
})

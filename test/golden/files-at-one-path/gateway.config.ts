export default {
  servers: {},
  state: 'own',
  key: 'own/audit/gateway.jsonl',
  revoked: 'gateway.tokens.toml',
  audit: { file: 'own' },
}

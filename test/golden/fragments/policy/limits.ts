export const limits = {
  searches: { on: { github: ['search'] }, calls: 'many', per: 'minute' },
}

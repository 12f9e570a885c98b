export default {
  roles: { reader: { allow: { github: ['get_*'] } } },
}

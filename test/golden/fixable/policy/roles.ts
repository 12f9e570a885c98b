export const roles = {
  reader: { alow: { github: ['get_*'] } },
  analyst: { extends: ['reader'], deny: { bigdata: ['query'] } },
}

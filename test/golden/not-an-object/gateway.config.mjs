export default "servers"

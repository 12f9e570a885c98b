#!/bin/sh
# The base of a container file, where no registry is reachable: this machine's
# node and npm, with what they link to.
# In: an empty folder. Out: a build context in it.
set -eu
cd "$1"
image=$PWD/rootfs
mkdir -p "$image/tmp" "$image/proc" "$image/dev" "$image/etc/ssl/certs" \
  "$image/bin" "$image/usr/bin" "$image/usr/local/bin"
chmod 1777 "$image/tmp"
for name in node sh env mkdir; do
  program=$(readlink -f "$(command -v "$name")")
  install -D "$program" "$image$program"
  ln -sf "$program" "$image/usr/local/bin/$name"
  ldd "$program" | grep -o '/[^ ]*' | while read -r library; do
    install -D "$(readlink -f "$library")" "$image$library"
  done
done
[ -e "$image/bin/sh" ] || ln -s /usr/local/bin/sh "$image/bin/sh"
[ -e "$image/usr/bin/env" ] || ln -s /usr/local/bin/env "$image/usr/bin/env"
npm=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
mkdir -p "$image$npm"
cp -rL "$npm/." "$image$npm/"
ln -s "$npm/bin/npm-cli.js" "$image/usr/local/bin/npm"
cp -L /etc/ssl/certs/ca-certificates.crt "$image/etc/ssl/certs/"
cat > Containerfile <<'EOF'
FROM scratch
COPY rootfs/ /
ENV PATH=/usr/local/bin:/usr/bin:/bin npm_config_cache=/npm npm_config_prefer_offline=true
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
EOF

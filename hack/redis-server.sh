#!/usr/bin/env bash
# What the tests of shared rate limits need: Debian's redis-server. Prints the folder of the program as its last line.
# Exit code 3: this machine cannot have it, and the last line on stderr says why.
set -euo pipefail
# shellcheck source=hack/debian-packages.sh
. "$(dirname "${BASH_SOURCE[0]}")/debian-packages.sh"

packages_open redis-1 bin
packages_libraries "$debian_suite" redis-server
packages_fetch "$debian_suite" redis-server redis-tools "${libraries[@]}"
# One program under several names; packages_wrap takes files, and the name decides what it is.
mv "$build/$debian_suite/usr/bin/redis-check-rdb" "$build/$debian_suite/usr/bin/redis-server"
packages_wrap "$debian_suite" redis-server
packages_close

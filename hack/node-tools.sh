#!/usr/bin/env bash
# What a node needs besides Kubernetes' own programs: containerd, runc and the network plugins that run pods, iptables and ip for their
# network, dnsmasq for their names, and a registry for their images. Prints the folder of the programs as its last line.
# Exit code 3: this machine cannot have them, and the last line on stderr says why.
set -euo pipefail
# shellcheck source=hack/debian-packages.sh
. "$(dirname "${BASH_SOURCE[0]}")/debian-packages.sh"

packages_open node-1 bin
wanted=(containerd runc containernetworking-plugins iptables iproute2 dnsmasq-base docker-registry)
packages_libraries "$debian_suite" "${wanted[@]}"
packages_fetch "$debian_suite" "${wanted[@]}" "${libraries[@]}"
root=$build/$debian_suite
for program in containerd containerd-shim-runc-v2 ctr docker-registry; do packages_move "$debian_suite" "$program" "$build/done/bin"; done
packages_wrap "$debian_suite" runc dnsmasq xtables-nft-multi ip
mkdir "$build/done/cni"
mv "$root"/usr/lib/cni/{loopback,ptp,host-local} "$build/done/cni/"
# One program under many names; it looks for its own extensions where it is told.
mv "$build/done/lib/xtables-nft-multi" "$build/done/lib/iptables-nft"
mv "$(dirname "$(find "$root" -path '*/xtables/libxt_comment.so')")" "$build/done/lib/xtables"
rm "$build/done/bin/xtables-nft-multi"
for program in {ip,ip6}tables{,-save,-restore}; do
  # shellcheck disable=SC2016 # for the script that is written
  printf '#!/bin/bash\nlib=$(dirname "$(readlink -f "$0")")/../lib\nexport LD_LIBRARY_PATH=$lib XTABLES_LIBDIR=$lib/xtables\nexec -a %s "$lib/iptables-nft" "$@"\n' \
    "$program" >"$build/done/bin/$program"
  chmod +x "$build/done/bin/$program"
done
packages_close

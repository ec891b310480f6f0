#!/usr/bin/env bash
# The lowest layer of images for programs that are linked against the C library: that library, the C++ one, OpenSSL, the certificates that
# Debian trusts, and a user. Prints the folder as its last line. Exit code 3: this machine cannot have it, and the last line on stderr says why.
set -euo pipefail
# shellcheck source=hack/debian-packages.sh
. "$(dirname "${BASH_SOURCE[0]}")/debian-packages.sh"

packages_open base-2 rootfs
packages_fetch "$debian_suite" libc6 libgcc-s1 libstdc++6 zlib1g libssl3 ca-certificates
root=$build/$debian_suite
# What the packages are, where scanners of images look for it.
mkdir -p "$root/var/lib/dpkg/status.d"
for deb in "$build"/deb/*.deb; do dpkg-deb --field "$deb" >"$root/var/lib/dpkg/status.d/$(dpkg-deb --field "$deb" Package)"; done
# The package leaves it to its installation to put these together.
mkdir -p "$root"/{etc/ssl/certs,tmp,home/nonroot}
find "$root/usr/share/ca-certificates" -name '*.crt' | LC_ALL=C sort | xargs cat >"$root/etc/ssl/certs/ca-certificates.crt"
printf 'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n' >"$root/etc/passwd"
printf 'root:x:0:\nnonroot:x:65532:\n' >"$root/etc/group"
chmod 1777 "$root/tmp"
# Licenses stay; what only people on the machine itself would read goes.
rm -rf "$root"/usr/{sbin,share/{man,locale,lintian,ca-certificates}} "$root"/{etc/{ca-certificates,ld.so.conf.d},sbin,usr/lib/*/{gconv,audit}}
mv "$root" "$build/done/rootfs"
packages_close

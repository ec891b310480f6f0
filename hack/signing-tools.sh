#!/usr/bin/env bash
# What the tests of image signatures need: a registry, tools that push images, and cosign in the two versions that write the two
# layouts. All are Debian packages, unpacked into a cache; nothing is installed. Prints the folder of the programs as its last line:
#   cosign-2 (Debian trixie), cosign-3 (Debian sid), docker-registry, skopeo, umoci
# Exit code 3: this machine cannot have them, and the last line on stderr says why.
set -euo pipefail

say()  { printf '==> %s\n' "$*" >&2; }
cannot() { printf 'signing-tools.sh: %s\n' "$*" >&2; exit 3; }

recipe=1 # raise it when a change below makes other programs
cache=${XDG_CACHE_HOME:-$HOME/.cache}/mcp-operator/tools
target=$cache/signing-$recipe

if [[ -x $target/bin/umoci ]]; then printf '%s\n' "$target/bin"; exit 0; fi

[[ $(sed -n 's/^ID=//p' /etc/os-release 2>/dev/null) == debian ]] || cannot "this is not Debian"
for program in apt-get dpkg flock; do command -v "$program" >/dev/null || cannot "$program is missing"; done
mkdir -p "$cache"
exec 9>"$cache/lock"
flock -n 9 || { say "waiting for another signing-tools.sh"; flock 9; }
if [[ -x $target/bin/umoci ]]; then printf '%s\n' "$target/bin"; exit 0; fi

rm -rf "$cache"/build.* # we hold the lock: left by a script that was killed
build=$(mktemp -d "$cache/build.XXXXXX")
trap 'rm -rf "$build"' EXIT
mkdir -p "$build"/{lists/partial,cache/archives/partial,sources,deb,done/bin}
: >"$build/status" # empty: else apt takes an installed version for the one to download

# Folders of our own: the system's lists and sources stay as they are. The user that apt would change to when root runs it could
# not enter them.
apt=(-q -o "Dir::State::lists=$build/lists" -o "Dir::State::status=$build/status" -o "Dir::Cache=$build/cache"
  -o APT::Sandbox::User=root -o Acquire::Languages=none)
long() { # WHAT COMMAND...: with a sign of life every 15 s
  local what=$1 began=$SECONDS
  shift
  "$@" >"$build/log" 2>&1 9>&- &
  while kill -0 $! 2>/dev/null; do
    sleep 0.2
    (((SECONDS - began) % 15 != 14)) || { printf '    ... %s, %d s so far\n' "$what" $((SECONDS - began)) >&2; sleep 1; }
  done
  wait $! || { tail -n 10 "$build/log" | sed 's/^/    | /' >&2; return 1; }
}

# Where Debian's packages come from on this machine, apt knows from the signed Release files of the sources that it has.
# shellcheck disable=SC2016 # apt-get fills these in, not the shell
targets=(indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' 'Component: main' "Codename: $(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)")
sources=$(apt-get "${targets[@]}" | sort -u)
if [[ -z $sources ]]; then
  say "fetching the package lists"
  long "package lists" apt-get "${apt[@]}" update || true # a third party's source may be out of reach
  sources=$(apt-get "${apt[@]}" "${targets[@]}" | sort -u)
fi
[[ -n $sources ]] || cannot "apt's sources name no Debian repository"
uri=${sources%%$'\n'*}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg # of Debian's package; without it apt's own trust decides
[[ -e $keyring ]] || keyring=

fetch() { # SUITE PACKAGE...: downloads and unpacks into $build/SUITE
  local suite=$1 deb options=("${apt[@]}" -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$build/sources")
  shift
  rm -rf "$build"/sources/* "$build"/deb/*
  printf 'deb %s%s %s main\n' "${keyring:+[signed-by=$keyring] }" "$uri" "$suite" >"$build/sources/debian.list"
  say "fetching $* from Debian $suite"
  long "package lists of $suite" apt-get "${options[@]}" update || cannot "apt-get update failed for Debian $suite"
  # skopeo is linked against a few libraries; the C library is the system's.
  local wanted=("$@") found
  if [[ " $* " == *" skopeo "* ]]; then
    found=$(apt-cache "${options[@]}" depends --recurse --no-{recommends,suggests,conflicts,breaks,replaces,enhances} skopeo |
      grep -E '^lib(gpgme|assuan|gpg-error|devmapper|subid|sqlite3|selinux|udev|pcre2-8|cap2)[a-z0-9.+-]*$' | sort -u)
    mapfile -t -O "${#wanted[@]}" wanted <<<"$found"
  fi
  long "packages" env -C "$build/deb" apt-get "${options[@]}" download "${wanted[@]}" || cannot "could not download $*"
  for deb in "$build"/deb/*.deb; do dpkg -x "$deb" "$build/$suite"; done
}

own=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
fetch trixie cosign && mv "$build/trixie/usr/bin/cosign" "$build/done/bin/cosign-2"
fetch sid cosign && mv "$build/sid/usr/bin/cosign" "$build/done/bin/cosign-3"
fetch "$own" docker-registry skopeo umoci
mkdir -p "$build/done/lib"
find "$build/$own" -name 'lib*.so*' -exec cp -P {} "$build/done/lib/" \;
for program in docker-registry skopeo umoci; do mv "$build/$own/usr/bin/$program" "$build/done/bin/$program"; done
# The libraries are found from wherever the folder lies.
mv "$build/done/bin/skopeo" "$build/done/lib/skopeo"
# shellcheck disable=SC2016 # for the script that is written
printf '#!/bin/sh\nhere=$(dirname "$(readlink -f "$0")")\nLD_LIBRARY_PATH=$here/../lib exec "$here/../lib/skopeo" "$@"\n' >"$build/done/bin/skopeo"
chmod +x "$build/done/bin/skopeo"

rm -rf "$target"
mv -T "$build/done" "$target"
say "$(du -sh "$target" | cut -f1) kept in $target"
printf '%s\n' "$target/bin"

#!/usr/bin/env bash
# For scripts that keep programs in a cache outside of the tree, most of them unpacked from Debian packages; nothing is installed.
# Sourced. A script calls begin_tools, puts programs under $build/done, and calls keep_tools.

say()  { printf '==> %s\n' "$*" >&2; }
# Exit code 3: this machine cannot have the tools, and the last line on stderr says why.
cannot() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 3; }

begin_tools() { # NAME PROGRAM: ends the script at once when the tools are there; $target, $build
  local program=$2
  cache=${XDG_CACHE_HOME:-$HOME/.cache}/mcp-operator/tools
  target=$cache/$1
  if [[ -x $target/bin/$program ]]; then printf '%s\n' "$target/bin"; exit 0; fi

  for needed in apt-get dpkg flock; do command -v "$needed" >/dev/null || cannot "$needed is missing"; done
  [[ $(sed -n 's/^ID=//p' /etc/os-release 2>/dev/null) == debian ]] || cannot "this is not Debian"
  own=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
  mkdir -p "$cache"
  exec 9>"$cache/lock"
  flock -n 9 || { say "waiting for another script that fetches tools"; flock 9; }
  if [[ -x $target/bin/$program ]]; then printf '%s\n' "$target/bin"; exit 0; fi

  rm -rf "$cache"/build.* # we hold the lock: left by a script that was killed
  build=$(mktemp -d "$cache/build.XXXXXX")
  trap 'rm -rf "$build"' EXIT
  mkdir -p "$build"/{lists/partial,cache/archives/partial,sources,deb,done/bin,done/lib}
  : >"$build/status" # empty: else apt takes an installed version for the one to download
}

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

begin_packages() { # where Debian's packages come from on this machine: $apt, $uri, $keyring
  # Folders of our own: the system's lists and sources stay as they are. The user that apt would change to when root runs it could
  # not enter them.
  apt=(-q -o "Dir::State::lists=$build/lists" -o "Dir::State::status=$build/status" -o "Dir::Cache=$build/cache"
    -o APT::Sandbox::User=root -o Acquire::Languages=none)
  # Apt knows it from the signed Release files of the sources that it has.
  # shellcheck disable=SC2016 # apt-get fills these in, not the shell
  local targets=(indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' 'Component: main' "Codename: $own") sources
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
}

# fetch SUITE LIBRARIES PACKAGE...: downloads and unpacks into $build/SUITE the packages, and those among the first one's dependencies
# whose names match the expression LIBRARIES (empty: none; the C library is the system's).
fetch() {
  local suite=$1 libraries=$2 deb options=("${apt[@]}" -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$build/sources")
  shift 2
  rm -rf "$build"/sources/* "$build"/deb/*
  printf 'deb %s%s %s main\n' "${keyring:+[signed-by=$keyring] }" "$uri" "$suite" >"$build/sources/debian.list"
  say "fetching $* from Debian $suite"
  long "package lists of $suite" apt-get "${options[@]}" update || cannot "apt-get update failed for Debian $suite"
  local wanted=("$@") found
  if [[ -n $libraries ]]; then
    found=$(apt-cache "${options[@]}" depends --recurse --no-{recommends,suggests,conflicts,breaks,replaces,enhances} "$1" | grep -E "^($libraries)$" | sort -u)
    mapfile -t -O "${#wanted[@]}" wanted <<<"$found"
  fi
  long "packages" env -C "$build/deb" apt-get "${options[@]}" download "${wanted[@]}" || cannot "could not download $*"
  for deb in "$build"/deb/*.deb; do dpkg -x "$deb" "$build/$suite"; done
}

# with_libraries SUITE PROGRAM: keeps a program that finds its libraries from wherever the folder lies.
with_libraries() {
  find "$build/$1" -name 'lib*.so*' -exec cp -P {} "$build/done/lib/" \;
  mv "$build/$1/usr/bin/$2" "$build/done/lib/$2"
  # shellcheck disable=SC2016 # for the script that is written
  printf '#!/bin/sh\nhere=$(dirname "$(readlink -f "$0")")\nLD_LIBRARY_PATH=$here/../lib exec "$here/../lib/%s" "$@"\n' "$2" >"$build/done/bin/$2"
  chmod +x "$build/done/bin/$2"
}

keep_tools() {
  rm -rf "$target"
  mv -T "$build/done" "$target"
  say "$(du -sh "$target" | cut -f1) kept in $target"
  printf '%s\n' "$target/bin"
}

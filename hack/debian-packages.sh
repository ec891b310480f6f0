# shellcheck shell=bash
# Programs from Debian packages, unpacked into the cache; nothing is installed. For scripts that source this:
#   packages_open NAME FOLDER      ends the script here, successfully, when the cache has them: prints FOLDER among them
#   packages_fetch SUITE PACKAGE...  downloads and unpacks into $build/SUITE
#   packages_libraries SUITE PACKAGE... -> libraries   what they are linked against, without the C library, which is the system's
#   packages_move SUITE PROGRAM FOLDER, packages_wrap SUITE PROGRAM...   take programs from there
#   packages_close                 keeps $build/done, and prints FOLDER in it
# Exit code 3: this machine cannot have them, and the last line on stderr says why.

say()  { printf '==> %s\n' "$*" >&2; }
cannot() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 3; }
debian_suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release 2>/dev/null || true)

packages_open() { # NAME FOLDER: the name has a number, raised when a change makes other programs
  local cache=${XDG_CACHE_HOME:-$HOME/.cache}/mcp-operator/tools program
  target=$cache/$1
  folder=$2
  packages_print && exit 0
  [[ $(sed -n 's/^ID=//p' /etc/os-release 2>/dev/null) == debian ]] || cannot "this is not Debian"
  for program in apt-get dpkg flock; do command -v "$program" >/dev/null || cannot "$program is missing"; done
  mkdir -p "$cache"
  exec 9>"$cache/${1%-*}.lock"
  flock -n 9 || { say "waiting for another ${0##*/}"; flock 9; }
  packages_print && exit 0

  rm -rf "$cache/build-${1%-*}".* # we hold the lock: left by a script that was killed
  build=$(mktemp -d "$cache/build-${1%-*}.XXXXXX")
  trap 'rm -rf "$build"' EXIT
  mkdir -p "$build"/{lists/partial,cache/archives/partial,sources,deb,done/bin}
  : >"$build/status" # empty: else apt takes an installed version for the one to download
  # Folders of our own: the system's lists and sources stay as they are. The user that apt would change to when root runs it could not
  # enter them.
  apt=(-q -o "Dir::State::lists=$build/lists" -o "Dir::State::status=$build/status" -o "Dir::Cache=$build/cache"
    -o APT::Sandbox::User=root -o Acquire::Languages=none)
  packages_uri
}

packages_print() {
  [[ -d $target/$folder ]] && printf '%s\n' "$target/$folder"
}

packages_long() { # WHAT COMMAND...: with a sign of life every 15 s
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
packages_uri() { # -> uri
  # shellcheck disable=SC2016 # apt-get fills this in
  local targets=(indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' 'Component: main' "Codename: $debian_suite") sources
  sources=$(apt-get "${targets[@]}" | sort -u)
  if [[ -z $sources ]]; then
    say "fetching the package lists"
    packages_long "package lists" apt-get "${apt[@]}" update || true # a third party's source may be out of reach
    sources=$(apt-get "${apt[@]}" "${targets[@]}" | sort -u)
  fi
  [[ -n $sources ]] || cannot "apt's sources name no Debian repository"
  uri=${sources%%$'\n'*}
}

packages_lists() { # SUITE -> options, for apt
  local keyring=/usr/share/keyrings/debian-archive-keyring.gpg list # of Debian's package; without it apt's own trust decides
  [[ -e $keyring ]] || keyring=
  list="deb ${keyring:+[signed-by=$keyring] }$uri $1 main"
  options=("${apt[@]}" -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$build/sources")
  [[ $list != "$(cat "$build/sources/debian.list" 2>/dev/null)" ]] || return 0
  printf '%s\n' "$list" >"$build/sources/debian.list"
  packages_long "package lists of $1" apt-get "${options[@]}" update || cannot "apt-get update failed for Debian $1"
}

packages_fetch() { # SUITE PACKAGE...
  local suite=$1 deb options
  shift
  say "fetching $(printf '%s\n' "$@" | grep -v '^lib' | paste -sd' ') from Debian $suite"
  packages_lists "$suite"
  rm -f "$build"/deb/*.deb
  packages_long "packages" env -C "$build/deb" apt-get "${options[@]}" download "$@" || cannot "could not download $*"
  for deb in "$build"/deb/*.deb; do dpkg -x "$deb" "$build/$suite"; done
}

packages_libraries() { # SUITE PACKAGE... -> libraries
  local suite=$1 options
  shift
  packages_lists "$suite"
  # shellcheck disable=SC2034 # for whoever calls
  mapfile -t libraries < <(apt-cache "${options[@]}" depends --recurse --no-{recommends,suggests,conflicts,breaks,replaces,enhances} "$@" |
    grep -E '^lib[a-z0-9.+-]*$' | grep -vE '^(libc6|libcrypt1|libgcc-s1|libstdc\+\+6)$' | sort -u)
}

# Puts programs among those that are kept, each as a small script that finds its libraries from wherever the folder lies.
packages_wrap() { # SUITE PROGRAM...
  local suite=$1 program libraries lib=$build/done/lib
  shift
  libraries=$(find "$build/$suite" -name 'lib*.so*' -not -path '*/xtables/*' -printf '%h\n' | sort -u | paste -sd:)
  mkdir -p "$lib"
  for program in "$@"; do
    packages_move "$suite" "$program" "$lib"
    # What it really loads, of all that the packages hold.
    LD_LIBRARY_PATH=$libraries ldd "$lib/$program" | awk -v ours="$build/" 'index($3, ours) == 1 { print $3 }' | xargs -r cp -Lt "$lib"
    # shellcheck disable=SC2016 # for the script that is written
    printf '#!/bin/sh\nlib=$(dirname "$(readlink -f "$0")")/../lib\nLD_LIBRARY_PATH=$lib exec "$lib/%s" "$@"\n' "$program" >"$build/done/bin/$program"
    chmod +x "$build/done/bin/$program"
  done
}

packages_move() { # SUITE PROGRAM FOLDER
  local file
  file=$(find "$build/$1" -path "*bin/$2" -type f -print -quit)
  [[ -n $file ]] || cannot "the Debian packages have no program $2"
  mv "$file" "$3/"
}

packages_close() {
  rm -rf "$target"
  mv -T "$build/done" "$target"
  say "$(du -sh "$target" | cut -f1) kept in $target"
  packages_print
}

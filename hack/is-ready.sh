#!/usr/bin/env bash
# Whether what listens on a port of this machine says that it is ready. By the shell's own means: a fresh machine may have no curl.
#   hack/is-ready.sh PORT        exit code 0 if GET /readyz is answered with 200
set -euo pipefail
{ exec 3<>"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null || exit 1
printf 'GET /readyz HTTP/1.0\r\n\r\n' >&3
IFS= read -r -t 5 answer <&3 || answer=
[[ $answer == *" 200 "* ]]

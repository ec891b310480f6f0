# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # name, state, cache, provider, why_not ... are cluster.sh's
# What every provider uses: messages, long steps with a sign of life, processes kept by pid, reserved ports.

say()  { printf '==> %s\n' "$*" >&2; }
note() { printf '    %s\n' "$*" >&2; }
die()  { printf 'cluster.sh: %s\n' "$*" >&2; exit 1; }

elapsed() { # SECONDS -> "7 s" or "2 min 05 s"
  if (($1 < 60)); then printf '%d s' "$1"; else printf '%d min %02d s' $(($1 / 60)) $(($1 % 60)); fi
}

as_root() {
  if ((EUID == 0)); then "$@"; else sudo -n "$@"; fi
}

# --- long steps -------------------------------------------------------------------------------------------------

long_pid=

# long LOG COMMAND...: runs a command whose output nobody reads unless it fails, and says every 15 s that it goes on.
# The command gets a process group of its own, so that stop_long ends its children too, and the kernel ends it
# if this script is killed in a way that no trap sees.
long() {
  local log=$1 began=$SECONDS told=$SECONDS rc=0 lines
  shift
  setsid setpriv --pdeathsig KILL nice -n 10 "$@" >"$log" 2>&1 </dev/null 8>&- 9>&- &
  long_pid=$!
  while kill -0 "$long_pid" 2>/dev/null; do
    if ((SECONDS - told >= 15)); then
      told=$SECONDS
      lines=$(wc -l <"$log")
      note "... $(elapsed $((SECONDS - began))) so far$( ((lines == 0)) || printf ' (%d lines of output)' "$lines")"
    fi
    sleep 0.2
  done
  wait "$long_pid" || rc=$?
  long_pid=
  if ((rc != 0)); then
    note "failed (exit code $rc): ${*:1:6} ..."
    tail -n 25 "$log" | sed 's/^/    | /' >&2
  fi
  return "$rc"
}

stop_long() {
  [[ -n $long_pid ]] || return 0
  kill -KILL -- "-$long_pid" 2>/dev/null || true
  wait "$long_pid" 2>/dev/null || true # else bash reports "Killed"
  long_pid=
}

# --- processes ----------------------------------------------------------------------------------------------------

# A pid alone may have been given to another program since; pid and start time together name one process.
process_start_time() { # PID
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  stat=${stat##*) }              # the program's name, in brackets, may contain spaces
  # shellcheck disable=SC2086
  set -- $stat                   # $1 is now field 3 of proc(5)'s stat; the start time is field 22
  [[ $1 != Z ]] || return 1      # a zombie is not running
  printf '%s\n' "${20}"
}

same_process() { # PID START_TIME
  local now
  now=$(process_start_time "$1") && [[ $now == "$2" ]]
}

# daemon NAME COMMAND...: starts a program that outlives this script; its pid file and log lie in the state directory.
# It inherits none of the script's descriptors: an inherited lock would stay locked as long as the program runs.
daemon() {
  local name=$1 pid i
  shift
  setsid "$@" >>"$state/$name.log" 2>&1 </dev/null 8>&- 9>&- &
  pid=$!
  disown "$pid"
  printf '%s %s\n' "$pid" "$(process_start_time "$pid" || echo 0)" >"$state/$name.pid"
  # For a moment it is still a copy of this script, which daemon_pid does not take for the program.
  for ((i = 0; i < 250; i++)); do
    ! daemon_pid "$name" >/dev/null || break
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.02
  done
}

daemon_pid() { # NAME -> its pid, or failure when it does not run
  local pid started
  read -r pid started 2>/dev/null <"$state/$1.pid" || return 1
  same_process "$pid" "$started" || return 1
  # Belt and braces before anybody sends it a signal: its command line must name this cluster's own directory.
  tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -F -- "$state" >/dev/null || return 1
  printf '%s\n' "$pid"
}

# stop_daemon NAME [SIGNAL]: asks first, then kills; returns when the process is gone.
stop_daemon() {
  local name=$1 signal=${2:-TERM} pid i
  if pid=$(daemon_pid "$name"); then
    kill -s "$signal" "$pid" 2>/dev/null || true
    for ((i = 0; i < 100; i++)); do
      daemon_pid "$name" >/dev/null || break
      ((i != 50)) || kill -s KILL "$pid" 2>/dev/null || true
      sleep 0.1
    done
    ! daemon_pid "$name" >/dev/null || { note "$name (pid $pid) does not end"; return 1; }
  fi
  rm -f "$state/$name.pid"
}

# A script that is killed between starting a program and writing its pid file leaves one that nobody knows. The programs are
# started by a path inside the state directory, so they can be recognized by that.
stop_strays() {
  local stray program
  for stray in /proc/[0-9]*; do
    IFS= read -r -d '' program 2>/dev/null <"$stray/cmdline" || continue
    if [[ $program == "$state/bin/"* || $program == "$state/node/bin/"* ]]; then kill -s KILL "${stray#/proc/}" 2>/dev/null || true; fi
  done
}

describe_daemon() { # NAME PROGRAM
  local name=$1 program=$2 pid rss up
  if ! pid=$(daemon_pid "$name"); then
    printf '%-24s not running\n' "$name"
    return 1
  fi
  rss=$(awk '/^VmRSS:/ { printf "%d", $2 / 1024 }' "/proc/$pid/status" 2>/dev/null || true)
  up=$(($(date +%s) - $(stat -c %Y "$state/$name.pid")))
  printf '%-24s pid %-8s %5s MB  up %-14s %s\n' "$name" "$pid" "${rss:-?}" "$(elapsed "$up")" \
    "$("$program" --version 2>/dev/null | head -n 1)"
}

# --- ports ----------------------------------------------------------------------------------------------------------

# A port is reserved for as long as its cluster's state directory exists, so that an API server that a test has killed
# finds its port free again. The reservation is a symbolic link, made atomically; a dangling one belongs to nobody.
# 20000-29999 lies below the kernel's ephemeral ports and below Kubernetes' node ports.
reserve_port() {
  local ports=$cache/ports port i
  mkdir -p "$ports"
  for ((i = 0; i < 500; i++)); do
    port=$((20000 + (RANDOM * 32768 + RANDOM) % 10000))
    if [[ -L $ports/$port && ! -e $ports/$port ]]; then rm -f "$ports/$port"; fi
    ! port_in_use "$port" || continue
    ln -sT "$state" "$ports/$port" 2>/dev/null || continue
    printf '%s\n' "$port"
    return
  done
  die "found no free port between 20000 and 29999"
}

port_in_use() {
  (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

release_ports() {
  local link
  for link in "$cache"/ports/*; do
    if [[ -L $link && $(readlink "$link") == "$state" ]]; then rm -f "$link"; fi
  done
}

# --- locks ----------------------------------------------------------------------------------------------------------

# lock DESCRIPTOR FILE WHAT: waits for the lock, and says so. The kernel releases it when this script ends, however it ends.
lock() {
  local fd=$1 file=$2 what=$3 began=$SECONDS
  mkdir -p "$(dirname "$file")"
  while true; do
    case $fd in
      8) exec 8>"$file" ;;
      9) exec 9>"$file" ;;
    esac
    if ! flock -n "$fd"; then
      say "waiting for another cluster.sh ($what)"
      until flock -w 15 "$fd"; do note "... $(elapsed $((SECONDS - began))) so far"; done
    fi
    # Whoever held it may have removed the file: then this is a lock on nothing.
    [[ ! $file -ef /proc/$$/fd/$fd ]] || return 0
  done
}

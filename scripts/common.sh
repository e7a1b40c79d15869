# shellcheck shell=bash
# What the scripts share; sourced from the root of the checkout.

# PYTHON may be a virtualenv's, even the one we are about to replace: take the one behind it.
find_python() {
  "${PYTHON:-python3}" - <<'PROGRAM'
import sys

print(getattr(sys, "_base_executable", sys.executable))
PROGRAM
}

die() {
  echo "${0##*/}: $*" >&2
  exit 1
}

# as_root COMMAND...: needs no sudo in a container, and says so where there is no way.
as_root() {
  if ((EUID == 0)); then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "needs root for \`$*\`, and there is no sudo: run it as root, then try again"
  fi
}

# quietly LOG COMMAND...: shows the end of what was said only where it went wrong.
quietly() {
  local log=$1
  shift
  "$@" >"$log" 2>&1 && return
  tail -n 30 "$log" >&2
  return 1
}

# apt_install PACKAGE...: a lock held by unattended upgrades is waited for, not reported.
apt_install() {
  local log
  log=$(mktemp)
  local -a apt=(env DEBIAN_FRONTEND=noninteractive apt-get -y -o DPkg::Lock::Timeout=300)
  # Old lists may do: a foreign source that can't be reached must not stop us.
  quietly "$log" as_root "${apt[@]}" update || echo "apt-get update failed; trying with old lists"
  quietly "$log" as_root "${apt[@]}" install --no-install-recommends "$@" ||
    die "apt-get could not install $*"
  rm -f "$log"
}

# pip_install VIRTUALENV ARGUMENT...: one line for each big file, as only those take time.
pip_install() {
  local venv=$1 log=$1/pip.log
  shift
  if ! PYTHONUNBUFFERED=1 "$venv/bin/python" -m pip install --disable-pip-version-check --no-input \
    --progress-bar off "$@" 2>&1 | tee "$log" | sed -un '
      s!^ *Downloading \([^ ]*/\)\?\([^ ]*\) \(([0-9.]* MB)\).*!  fetching \2 \3!p
      s!^Installing collected packages.*!  unpacking!p'; then
    tail -n 30 "$log" >&2
    die "pip could not install $*; all it said is in $log"
  fi
}

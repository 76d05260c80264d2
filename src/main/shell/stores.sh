# shellcheck shell=bash
# Where models and placement are, as `./many-models up` has it: both serve the same. Sourced by many-models.

# Of the instance `default`; see src/main/python/launcher/cluster/instance.py.
instance=$root/.runtime/instances/default

# choose_stores COMMAND [ARGUMENT...]: puts what the user has not named into the environment.
choose_stores() {
  local named_registry='' named_state='' asks='' previous='' each
  for each in "$@"; do
    case $previous in
      --registry) named_registry=$each ;;
      --state) named_state=$each ;;
    esac
    case $each in
      --registry=*) named_registry=${each#*=} ;;
      --state=*) named_state=${each#*=} ;;
      -h | --help) asks=yes ;;
    esac
    previous=$each
  done
  if [[ -n $named_registry ]]; then
    named_registry=$(uri_of "$named_registry")
  elif is_blank "${MANY_MODELS_REGISTRY:-}"; then
    named_registry=$(default_registry)
    export MANY_MODELS_REGISTRY=$named_registry
    [[ $1 != serve || -n $asks ]] || fill_registry "$named_registry"
  else
    named_registry=$MANY_MODELS_REGISTRY
  fi
  if [[ $1 == serve && -z $named_state ]] && is_blank "${MANY_MODELS_STATE:-}"; then
    MANY_MODELS_STATE=$(file_uri "$(state_of "$named_registry")")
    export MANY_MODELS_STATE
  fi
}

is_blank() {
  [[ -z ${1//[[:space:]]/} ]]
}

own_registry() {
  if [[ -d $instance/models ]]; then printf '%s' "$instance/models"; else printf '%s' "$root/registry"; fi
}

# The one that `up` has served last, else that of the checkout.
default_registry() {
  local remembered=''
  if [[ -r $instance/registry ]]; then
    IFS= read -r remembered <"$instance/registry" || true
  fi
  if [[ -n $remembered ]]; then printf '%s' "$remembered"; else file_uri "$(own_registry)"; fi
}

# fill_registry URI: the checkout's own is at first a copy of the demo's models.
fill_registry() {
  local fresh=$root/.registry.$$
  [[ $1 == "$(file_uri "$root/registry")" && ! -e $root/registry ]] || return 0
  rm -rf -- "$fresh"
  cp -R -- "$root/models" "$fresh"
  if [[ ! -e $root/registry ]] && mv -- "$fresh" "$root/registry"; then
    # Of two at once, the second moves its copy into that of the first.
    rm -rf -- "$root/registry/${fresh##*/}"
    printf "many-models: made %s, a copy of the demo's models\n" "$root/registry" >&2
  fi
  rm -rf -- "$fresh"
}

# uri_of TEXT: a URI as it is; anything else is the path of a folder.
uri_of() {
  local scheme=${1%%:*}
  if [[ $1 == *:* && $scheme == [A-Za-z]* && $scheme != *[!A-Za-z0-9+.-]* ]]; then
    printf '%s' "$1"
  elif [[ $1 == /* ]]; then
    file_uri "$1"
  else
    file_uri "$PWD/$1"
  fi
}

# file_uri PATH: of an absolute path, as Python's Path.as_uri writes it.
file_uri() (
  LC_ALL=C
  path=$1
  uri=file://
  for ((i = 0; i < ${#path}; i++)); do
    each=${path:i:1}
    case $each in
      [A-Za-z0-9._~/-]) uri+=$each ;;
      *)
        printf -v code '%d' "'$each"
        printf -v code '%%%02X' "$((code & 255))"
        uri+=$code
        ;;
    esac
  done
  printf '%s' "$uri"
)

# folder_of URI: the path in a file: URI, without links; nothing for others. `serve` makes the last folder of the path.
folder_of() {
  local path
  [[ $1 == file:/* ]] || return 0
  path=${1#file:}
  path=${path%%[?#]*}
  if [[ $path == //* ]]; then
    path=${path#//}
    path=/${path#*/}
  fi
  path=${path//\\/\\\\}
  path=$(printf '%b' "${path//%/\\x}")
  path=${path%/}
  real "$path/" || { real "$(dirname -- "$path")" && printf '/%s' "${path##*/}"; } || printf '%s' "$path"
}

# real FOLDER: its path without links, if it is there.
real() (
  CDPATH='' cd -P -- "$1" 2>/dev/null && printf '%s' "$(pwd)"
)

# state_of URI: each registry has its own pins.
state_of() {
  local folder identity=$1
  folder=$(folder_of "$1")
  if [[ -n $folder ]]; then
    if [[ $folder == "$(folder_of "$(file_uri "$(own_registry)")")" ]]; then
      printf '%s' "$instance/state"
      return
    fi
    identity=$(file_uri "$folder")
  fi
  printf '%s/states/%s' "$instance" "$(printf '%s' "$identity" | sha256 | cut -c 1-16)"
}

sha256() {
  if type -P sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi
}

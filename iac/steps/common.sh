# shellcheck shell=bash
# How commands are run, shown, and asked. Sourced by azure.sh.

dry_run=
assume_yes=
current_step=
# Where the plan goes, also from inside $(...).
exec 3>&1

say() {
  printf '%s\n' "$*" >&3
}

fail() {
  printf 'azure.sh: %s\n' "$*" >&2
  exit 1
}

# Of every failure, also of one that only `set -e` has seen. What was made stays; the next run goes on from there.
report_end() {
  [[ $1 == 0 || -z $current_step ]] || printf 'azure.sh: stopped in step: %s\n' "$current_step" >&2
}

wrong_use() {
  printf 'azure.sh: %s (see: iac/azure.sh --help)\n' "$*" >&2
  exit 2
}

need() {
  [[ -z $dry_run ]] || return 0
  local tool
  for tool in "$@"; do
    [[ -n $(type -P "$tool") ]] || fail "$tool is not on PATH; iac/README.md says which programs are needed"
  done
}

# The command as the user could type it.
quoted() {
  local text
  printf -v text '%q ' "$@"
  printf '%s' "${text% }"
}

# run COMMAND...: carries it out, or says that it would be.
run() {
  say "$(quoted "$@")"
  [[ -n $dry_run ]] || "$@"
}

# ask WHAT COMMAND...: what the command answers, which may not be nothing. A dry run answers <WHAT>.
ask() {
  local what=$1 answer
  shift
  if [[ -n $dry_run ]]; then
    say "$(quoted "$@")"
    printf '<%s>' "$what"
    return
  fi
  answer=$("$@") || fail "could not learn the $what"
  [[ -n $answer ]] || fail "Azure did not tell the $what"
  printf '%s' "$answer"
}

# present COMMAND...: whether a `show` of az finds it. az ends with 3 when it does not (azure.cli.core.util.handle_exception);
# any other failure ends the script. In a dry run nothing is there.
present() {
  [[ -z $dry_run ]] || return 1
  local code=0 said
  said=$("$@" --output none 2>&1) || code=$?
  case $code in
    0) return 0 ;;
    3) return 1 ;;
    *) fail "$(quoted "$@"): ${said:-exit code $code}" ;;
  esac
}

# put_resource ID API-VERSION BODY: for what az has in an extension only, or not at all. `az resource create` asks for a
# location, which a part of a resource has not; `az rest` does not wait until it is there.
put_resource() {
  present az resource show --ids "$1" --api-version "$2" ||
    run az rest --method put --url "$1?api-version=$2" --body "$3" --output none
  run az resource wait --ids "$1" --api-version "$2" --created --output none
}

step() {
  current_step=$*
  say ""
  say "# $*"
}

# eventually SECONDS COMMAND...: what the command answers, asked again every 15 s until it succeeds. A new role assignment
# takes minutes until it counts.
eventually() {
  local deadline=$((SECONDS + $1)) answer
  shift
  say "$(quoted "$@")"
  [[ -z $dry_run ]] || return 0
  until answer=$("$@"); do
    ((SECONDS < deadline)) || fail "$(quoted "$@") does not succeed"
    sleep 15
  done
  printf '%s' "$answer"
}

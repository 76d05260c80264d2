#!/usr/bin/env bash
# Makes everything on Azure and deploys, or removes it: see iac/README.md.
set -euo pipefail

here=$(cd -P -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")" && pwd)
root=$(dirname -- "$here")
# shellcheck source-path=SCRIPTDIR
source "$here/steps/common.sh"
# shellcheck source-path=SCRIPTDIR
source "$here/steps/parameters.sh"
# shellcheck source-path=SCRIPTDIR
source "$here/steps/resources.sh"
# shellcheck source-path=SCRIPTDIR
source "$here/steps/redis.sh"
# shellcheck source-path=SCRIPTDIR
source "$here/steps/cluster.sh"
# shellcheck source-path=SCRIPTDIR
source "$here/steps/application.sh"
# shellcheck source-path=SCRIPTDIR
source "$here/steps/removal.sh"

usage() {
  cat <<'TEXT'
Usage: iac/azure.sh up|deploy|down [--dry-run] [--parameters FILE] [--yes]

  up      makes what is missing on Azure, installs KubeRay, builds the image and deploys. Again: changes only what differs
  deploy  builds the image and deploys, on what `up` has made
  down    removes all of it, models too

  --dry-run          print what would be done; nothing is asked of Azure, no login is needed
  --parameters FILE  in place of iac/parameters.env
  --yes              do not ask before removing
TEXT
}

main() {
  trap 'report_end $?' EXIT
  local command='' file="$here/parameters.env"
  while (($# > 0)); do
    case $1 in
      up | deploy | down)
        [[ -z $command ]] || wrong_use "one command at a time"
        command=$1
        ;;
      --dry-run) dry_run=yes ;;
      --yes) assume_yes=yes ;;
      --parameters)
        (($# > 1)) || wrong_use "--parameters needs a file"
        file=$2
        shift
        ;;
      -h | --help)
        usage
        return 0
        ;;
      *) wrong_use "there is no $1" ;;
    esac
    shift
  done
  [[ -n $command ]] || wrong_use "say up, deploy or down"
  read_parameters "$file"
  if [[ $command == down ]]; then need az; else need az kubectl helm mvn; fi
  find_subscription
  name_everything
  case $command in
    up)
      make_resources
      make_cluster
      deploy_application
      ;;
    deploy)
      get_credentials
      deploy_application
      ;;
    down) remove_all ;;
  esac
}

main "$@"

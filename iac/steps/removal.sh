# shellcheck shell=bash
# Removes everything. Sourced by azure.sh.

remove_all() {
  step "removal"
  if [[ -z $dry_run ]]; then
    if ! present az group show --subscription "$subscription" --name "$group"; then
      say "there is no resource group $group"
      purge_vault
      return
    fi
    is_ours || fail "the resource group $group is not one that this script has made"
    agree
  fi
  forget_outside
  forget_workspace
  run az group delete --subscription "$subscription" --name "$group" --yes
  purge_vault
  [[ -n $dry_run ]] || rm -rf -- "$work"
}

agree() {
  [[ -z $assume_yes ]] || return 0
  local answer=
  printf 'All of %s goes, models and versions too. Type its name to go on: ' "$group" >&2
  read -r answer || true
  [[ $answer == "$group" ]] || fail "nothing was removed"
}

# The one assignment that is not on a resource of the group.
forget_outside() {
  local scope=${given[MACHINE_LEARNING_REGISTRY_ID]}
  [[ -n $scope ]] || return 0
  [[ -n $dry_run ]] || present az identity show "${in_group[@]}" --name "$identity" || return 0
  principal=$(ask "object id of the identity" az identity show "${in_group[@]}" --name "$identity" \
    --query principalId --output tsv)
  run az role assignment delete --subscription "$subscription" --role "AzureML Registry User" --scope "$scope" \
    --assignee "$principal" --yes
}

# Else it would be kept for two weeks, and its name with it.
forget_workspace() {
  [[ ${given[MACHINE_LEARNING]} == yes ]] || return 0
  [[ -n $dry_run ]] || present az resource show --ids "$workspace_id" --api-version "$workspace_api" || return 0
  run az rest --method delete --url "$workspace_id?api-version=$workspace_api&forceToPurge=true"
}

# A deleted vault keeps its name until it is purged.
purge_vault() {
  [[ ${given[MACHINE_LEARNING]} == yes ]] || return 0
  local found=$vault
  [[ -n $dry_run ]] || found=$(az keyvault list-deleted --subscription "$subscription" --resource-type vault \
    --query "[?name=='$vault'].name" --output tsv)
  [[ -z $found ]] || run az keyvault purge --subscription "$subscription" --name "$vault" --location "$location"
}

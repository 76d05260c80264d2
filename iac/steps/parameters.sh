# shellcheck shell=bash
# The parameters, checked, and the names that follow from them. Sourced by azure.sh.

guid='[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}'
# Each parameter and what it may be; every one has to be in the file.
declare -A rules=(
  [SUBSCRIPTION]="($guid)?"
  [LOCATION]='[a-z0-9]+'
  [NAME]='[a-z][a-z0-9-]{1,14}[a-z0-9]'
  [AKS_TIER]='free|standard'
  [SYSTEM_VM_SIZE]='Standard_[A-Za-z0-9_]+'
  [NODE_VM_SIZE]='Standard_[A-Za-z0-9_]+'
  [NODES_MIN]='[1-9][0-9]{0,2}'
  [NODES_MAX]='[1-9][0-9]{0,2}'
  [ZONES]='([1-3](,[1-3]){0,2})?'
  [REDIS_SERVICE]='managed|cache'
  [REDIS_SKU]='(Balanced|MemoryOptimized|ComputeOptimized)_[BMX][0-9]+|(Basic|Standard)_c[0-6]|Premium_p[1-5]'
  [STORAGE_SKU]='Standard_(LRS|ZRS|GRS|GZRS)'
  [MODEL_REGISTRY]='blob|azureml'
  [MACHINE_LEARNING]='yes|no'
  [MACHINE_LEARNING_REGISTRY_ID]='(/subscriptions/[^/ ]+/resourceGroups/[^/ ]+/providers/Microsoft.MachineLearningServices/registries/[^/ ]+)?'
  [PUBLISHER_OBJECT_ID]="($guid)?"
  [PUBLISHER_TYPE]='User|Group|ServicePrincipal'
  [SAMPLE_MODELS]='yes|no'
  [SIZE]='small|default|large'
  [IMAGE]='([a-z0-9][a-zA-Z0-9._/-]*(:[0-9]+/[a-zA-Z0-9._/-]+)?:[a-zA-Z0-9._-]+)?'
  [BASE_IMAGE]='[a-z0-9][a-zA-Z0-9._/:@-]*'
  [ACR_SKU]='Basic|Standard|Premium'
  [AUTOSCALE]='([A-Za-z]+=[0-9]+[.][.][0-9]+@[0-9]+( [A-Za-z]+=[0-9]+[.][.][0-9]+@[0-9]+)*)?'
  [KUBERAY_VERSION]='[0-9]+[.][0-9]+[.][0-9]+'
  [KUBERAY_CHARTS]='https://[^ ]+'
)
declare -A given=()

refuse() {
  printf 'azure.sh: %s\n' "$*" >&2
  exit 2
}

read_parameters() {
  local file=$1 line name number=0
  [[ -r $file ]] || refuse "$file cannot be read"
  while IFS= read -r line || [[ -n $line ]]; do
    number=$((number + 1))
    line=${line%$'\r'}
    [[ -n $line && $line != '#'* ]] || continue
    [[ $line == *=* ]] || refuse "$file:$number: not NAME=value: $line"
    name=${line%%=*}
    [[ -n $name && -n ${rules[$name]:-} ]] || refuse "$file:$number: there is no parameter $name"
    [[ -z ${given[$name]+there} ]] || refuse "$file:$number: $name is there twice"
    [[ ${line#*=} =~ ^(${rules[$name]})$ ]] || refuse "$file:$number: $name may not be '${line#*=}' (${rules[$name]})"
    given[$name]=${line#*=}
  done <"$file"
  for name in "${!rules[@]}"; do
    [[ -n ${given[$name]+there} ]] || refuse "$file: $name is missing"
  done
  fit_together "$file"
}

fit_together() {
  [[ ${given[NAME]} != *--* ]] || refuse "$1: NAME has two dashes side by side, which Redis may not"
  ((given[NODES_MIN] <= given[NODES_MAX])) || refuse "$1: NODES_MIN is more than NODES_MAX"
  local cache='^(Basic|Standard|Premium)_'
  if [[ ${given[REDIS_SERVICE]} == cache ]]; then
    [[ ${given[REDIS_SKU]} =~ $cache ]] || refuse "$1: REDIS_SKU ${given[REDIS_SKU]} is not one of REDIS_SERVICE=cache"
  else
    [[ ! ${given[REDIS_SKU]} =~ $cache ]] || refuse "$1: REDIS_SKU ${given[REDIS_SKU]} is not one of REDIS_SERVICE=managed"
  fi
  [[ ${given[MODEL_REGISTRY]} != azureml || ${given[MACHINE_LEARNING]} == yes ]] ||
    refuse "$1: MODEL_REGISTRY=azureml needs MACHINE_LEARNING=yes"
}

find_subscription() {
  subscription=${given[SUBSCRIPTION]}
  if [[ -z $subscription && -n $dry_run ]]; then
    subscription=00000000-0000-0000-0000-000000000000
    say "# No SUBSCRIPTION is given: shown for $subscription, which also decides the names that end in six digits."
  elif [[ -z $subscription ]]; then
    subscription=$(ask "subscription; run: az login" az account show --query id --output tsv)
  fi
}

# Storage, registry, vault and Redis have names that nobody else on Azure may have: six digits make ours unlikely to be taken,
# and are the same each time.
name_everything() {
  local name=${given[NAME]} suffix
  suffix=$(printf '%s' "$subscription/$name" | sha256sum | cut -c1-6)
  location=${given[LOCATION]}
  group=rg-$name
  cluster=aks-$name
  identity=id-$name
  workspace=mlw-$name
  registry=acr${name//-/}$suffix
  storage=st${name//-/}$suffix
  vault=kv${name//-/}$suffix
  redis=redis-$name-$suffix
  namespace=many-models
  container=models
  tag=created-by=many-models-iac
  group_id=/subscriptions/$subscription/resourceGroups/$group
  storage_id=$group_id/providers/Microsoft.Storage/storageAccounts/$storage
  registry_id=$group_id/providers/Microsoft.ContainerRegistry/registries/$registry
  vault_id=$group_id/providers/Microsoft.KeyVault/vaults/$vault
  workspace_id=$group_id/providers/Microsoft.MachineLearningServices/workspaces/$workspace
  work=$root/.runtime/azure/$name
  in_group=(--subscription "$subscription" --resource-group "$group")
  export KUBECONFIG=$work/kubeconfig
}

# shellcheck shell=bash
# Resource group, registry of images, storage, identity, workspace, and who may do what. Sourced by azure.sh.

make_resources() {
  make_group
  make_image_registry
  make_storage
  make_identity
  [[ ${given[MACHINE_LEARNING]} == no ]] || make_workspace
  make_redis
  allow_pods
  allow_publisher
}

# Ours has a tag; a group of the same name that has none is left alone.
make_group() {
  step "resource group"
  if ! present az group show --subscription "$subscription" --name "$group"; then
    run az group create --subscription "$subscription" --name "$group" --location "$location" --tags "$tag" --output none
  elif ! is_ours; then
    fail "there is a resource group $group that this script has not made; choose another NAME"
  fi
}

is_ours() {
  local found
  found=$(az group show --subscription "$subscription" --name "$group" --query 'tags."created-by"' --output tsv)
  [[ $found == "${tag#*=}" ]]
}

make_image_registry() {
  [[ -z ${given[IMAGE]} ]] || return 0
  step "registry of images"
  present az acr show "${in_group[@]}" --name "$registry" ||
    run az acr create "${in_group[@]}" --name "$registry" --location "$location" --sku "${given[ACR_SKU]}" \
      --admin-enabled false --output none
}

make_storage() {
  step "storage for models"
  present az storage account show "${in_group[@]}" --name "$storage" ||
    run az storage account create "${in_group[@]}" --name "$storage" --location "$location" --kind StorageV2 \
      --sku "${given[STORAGE_SKU]}" --https-only true --min-tls-version TLS1_2 --allow-blob-public-access false \
      --allow-shared-key-access false --output none
  present az storage container-rm show "${in_group[@]}" --storage-account "$storage" --name "$container" ||
    run az storage container-rm create "${in_group[@]}" --storage-account "$storage" --name "$container" \
      --public-access off --output none
}

make_identity() {
  step "identity of the pods"
  present az identity show "${in_group[@]}" --name "$identity" ||
    run az identity create "${in_group[@]}" --name "$identity" --location "$location" --output none
  principal=$(ask "object id of the identity" az identity show "${in_group[@]}" --name "$identity" \
    --query principalId --output tsv)
}

workspace_api=2024-10-01

# `az ml` is an extension; the resource itself needs none.
make_workspace() {
  step "Azure Machine Learning workspace"
  present az keyvault show "${in_group[@]}" --name "$vault" ||
    run az keyvault create "${in_group[@]}" --name "$vault" --location "$location" --enable-rbac-authorization true \
      --retention-days 7 --output none
  local body
  printf -v body '{"location":"%s","identity":{"type":"SystemAssigned"},"sku":{"name":"Basic","tier":"Basic"},"properties":{"friendlyName":"%s","storageAccount":"%s","keyVault":"%s","systemDatastoresAuthMode":"Identity"}}' \
    "$location" "${given[NAME]}" "$storage_id" "$vault_id"
  put_resource "$workspace_id" "$workspace_api" "$body"
}

# allow ROLE SCOPE OBJECT-ID KIND
allow() {
  local found=
  # Names are left out because they would be asked of Microsoft Graph, which not everybody may.
  [[ -n $dry_run ]] || found=$(az role assignment list --subscription "$subscription" --role "$1" --scope "$2" \
    --assignee-object-id "$3" --fill-principal-name false --query '[].id' --output tsv)
  [[ -z $found ]] || return 0
  run az role assignment create --subscription "$subscription" --role "$1" --scope "$2" --assignee-object-id "$3" \
    --assignee-principal-type "$4" --output none
}

# The pods read models, and nothing else.
allow_pods() {
  step "roles of the pods"
  if [[ ${given[MODEL_REGISTRY]} == azureml ]]; then
    # The workspace keeps models in containers of its own, whose names it chooses.
    allow "Storage Blob Data Reader" "$storage_id" "$principal" ServicePrincipal
    allow "Reader" "$workspace_id" "$principal" ServicePrincipal
  else
    allow "Storage Blob Data Reader" "$storage_id/blobServices/default/containers/$container" "$principal" ServicePrincipal
  fi
  [[ -z ${given[MACHINE_LEARNING_REGISTRY_ID]} ]] ||
    allow "AzureML Registry User" "${given[MACHINE_LEARNING_REGISTRY_ID]}" "$principal" ServicePrincipal
}

allow_publisher() {
  step "role of whoever publishes models"
  local publisher=${given[PUBLISHER_OBJECT_ID]} kind=${given[PUBLISHER_TYPE]}
  if [[ -z $publisher ]]; then
    publisher=$(ask "object id of the user; set PUBLISHER_OBJECT_ID" az ad signed-in-user show --query id --output tsv)
    kind=User
  fi
  allow "Storage Blob Data Contributor" "$storage_id/blobServices/default/containers/$container" "$publisher" "$kind"
}

# shellcheck shell=bash
# AKS, what binds it to the identity, and the KubeRay operator. Sourced by azure.sh.

make_cluster() {
  make_aks
  make_nodes
  bind_identity
  get_credentials
  install_operator
}

make_aks() {
  step "Kubernetes"
  # Cilium, because it enforces the network policies of deploy/. The taint keeps our pods off the nodes of the system.
  present az aks show "${in_group[@]}" --name "$cluster" ||
    run az aks create "${in_group[@]}" --name "$cluster" --location "$location" --tier "${given[AKS_TIER]}" \
      --nodepool-name system --node-count 1 --node-vm-size "${given[SYSTEM_VM_SIZE]}" \
      --nodepool-taints CriticalAddonsOnly=true:NoSchedule --enable-managed-identity --enable-oidc-issuer \
      --enable-workload-identity --network-plugin azure --network-plugin-mode overlay --network-dataplane cilium \
      --auto-upgrade-channel patch --node-os-upgrade-channel NodeImage --no-ssh-key --output none
}

make_nodes() {
  local wanted="${given[NODES_MIN]} ${given[NODES_MAX]}" found zones=()
  local bounds=(--min-count "${given[NODES_MIN]}" --max-count "${given[NODES_MAX]}")
  [[ -z ${given[ZONES]} ]] || IFS=' ' read -r -a zones <<<"--zones ${given[ZONES]//,/ }"
  local pool=("${in_group[@]}" --cluster-name "$cluster" --name models)
  if ! present az aks nodepool show "${pool[@]}"; then
    run az aks nodepool add "${pool[@]}" --mode User --node-vm-size "${given[NODE_VM_SIZE]}" --enable-cluster-autoscaler \
      --node-count "${given[NODES_MIN]}" "${bounds[@]}" "${zones[@]}" --output none
    return
  fi
  found=$(ask "bounds of the nodes" az aks nodepool show "${pool[@]}" --query "join(' ', [to_string(minCount), to_string(maxCount)])" --output tsv)
  [[ $found == "$wanted" ]] ||
    run az aks nodepool update "${pool[@]}" --update-cluster-autoscaler "${bounds[@]}" --output none
}

# A pod with a token of the service account many-models acts as the identity; the nodes may pull the image.
bind_identity() {
  local issuer kubelet
  step "what binds Kubernetes to Azure"
  issuer=$(ask "issuer of tokens" az aks show "${in_group[@]}" --name "$cluster" --query oidcIssuerProfile.issuerUrl --output tsv)
  present az identity federated-credential show "${in_group[@]}" --identity-name "$identity" --name many-models ||
    run az identity federated-credential create "${in_group[@]}" --identity-name "$identity" --name many-models \
      --issuer "$issuer" --subject "system:serviceaccount:$namespace:many-models" \
      --audiences api://AzureADTokenExchange --output none
  [[ -z ${given[IMAGE]} ]] || return 0
  kubelet=$(ask "object id of the nodes' identity" az aks show "${in_group[@]}" --name "$cluster" \
    --query identityProfile.kubeletidentity.objectId --output tsv)
  allow AcrPull "$registry_id" "$kubelet" ServicePrincipal
}

# Into a file of our own: the user's own contexts stay as they are.
get_credentials() {
  [[ -n $dry_run ]] || mkdir -p "$work"
  run az aks get-credentials "${in_group[@]}" --name "$cluster" --file "$KUBECONFIG" --overwrite-existing
}

install_operator() {
  step "KubeRay operator"
  run helm upgrade --install kuberay-operator kuberay-operator --repo "${given[KUBERAY_CHARTS]}" \
    --version "${given[KUBERAY_VERSION]}" --namespace kuberay-system --create-namespace --wait --timeout 10m
}

# shellcheck shell=bash
# Models, image, secrets, RayService. Sourced by azure.sh.

deploy_application() {
  provide_models
  provide_image
  provide_secrets
  apply_resources
  tell
}

provide_models() {
  [[ ${given[SAMPLE_MODELS]} == yes && ${given[MODEL_REGISTRY]} == blob ]] || return 0
  step "sample models"
  local there
  # The role of whoever publishes may be new.
  there=$(eventually 600 az storage blob list --account-name "$storage" --container-name "$container" --auth-mode login \
    --num-results 1 --query 'length(@)' --output tsv)
  [[ ${there:-0} != 0 ]] ||
    run az storage blob upload-batch --account-name "$storage" --destination "$container" --source "$root/models" \
      --pattern '*/*' --auth-mode login --output none
}

# Sets image. Its tag is the digest of what goes into it, so that the same sources are not built twice.
provide_image() {
  image=${given[IMAGE]}
  [[ -z $image ]] || return 0
  step "image"
  run "$root/many-models" setup
  run mvn -f "$root/pom.xml" -q -ntp -B -DskipTests package
  local context=$work/context name="many-models:<digest of the sources>" built=''
  if [[ -z $dry_run ]]; then
    gather_context "$context"
    name=many-models:$(digest_of "$context")
    built=$(az acr task list-runs "${in_group[@]}" --registry "$registry" --image "$name" --run-status Succeeded --top 1 \
      --query '[].runId' --output tsv)
  fi
  image=$registry.azurecr.io/$name
  [[ -n $built ]] ||
    run az acr build "${in_group[@]}" --registry "$registry" --image "$name" --file "$context/deploy/Dockerfile" \
      --build-arg "BASE=${given[BASE_IMAGE]}" "$context"
}

# Only what the Dockerfile copies: az would send all of the checkout.
gather_context() {
  rm -rf -- "$1"
  mkdir -p "$1/target" "$1/deploy" "$1/src/main/python"
  cp "$root/target/many-models.jar" "$1/target/"
  cp "$root/deploy/Dockerfile" "$root/deploy/java.options" "$root/deploy/install.py" "$1/deploy/"
  cp -r "$root/src/main/python/manymodels" "$1/src/main/python/"
  find "$1" -name __pycache__ -prune -exec rm -rf {} +
}

digest_of() {
  (cd "$1" && printf '%s\n' "${given[BASE_IMAGE]}" &&
    find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum) | sha256sum | cut -c1-16
}

provide_secrets() {
  step "secrets"
  run kubectl apply --server-side -f "$root/deploy/common/namespace.yaml"
  local key
  key=$(redis_key)
  printf '%s' "$key" | secret many-models-redis password
  # The token stays what it is.
  if [[ -n $dry_run ]] || ! secret_exists many-models-admin; then
    head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n' | secret many-models-admin token
  fi
}

secret_exists() {
  [[ -n $(kubectl get secret "$1" --namespace "$namespace" --ignore-not-found --output name) ]]
}

# secret NAME KEY <VALUE: through pipes, so that no process list and no file shows it.
secret() {
  local make=(kubectl create secret generic "$1" --namespace "$namespace" "--from-file=$2=/dev/stdin" --dry-run=client --output yaml)
  local apply=(kubectl apply --server-side --force-conflicts -f -)
  say "$(quoted "${make[@]}") | $(quoted "${apply[@]}")"
  if [[ -n $dry_run ]]; then
    cat >/dev/null
  else
    "${make[@]}" | "${apply[@]}"
  fi
}

apply_resources() {
  step "application"
  local host client
  host=$(redis_host)
  client=$(ask "client id of the identity" az identity show "${in_group[@]}" --name "$identity" --query clientId --output tsv)
  if [[ -n $dry_run ]]; then
    say "# $work/cluster/kustomization.yaml would be:"
    kustomization "$host" "$client" | sed 's/^/#   /' >&3
  else
    mkdir -p "$work/cluster"
    kustomization "$host" "$client" >"$work/cluster/kustomization.yaml"
  fi
  run kubectl kustomize "$work/cluster" --output "$work/all.yaml"
  run "$root/many-models" check-config "$work/all.yaml" --cluster
  run kubectl apply --server-side --force-conflicts -f "$work/all.yaml"
  wait_until_served
}

# First until the operator has seen what was applied: before that its conditions speak of what was there.
wait_until_served() {
  local generation
  step "waiting until it serves"
  generation=$(ask "generation" kubectl get rayservice many-models --namespace "$namespace" \
    --output 'jsonpath={.metadata.generation}')
  run kubectl wait rayservice/many-models --namespace "$namespace" \
    "--for=jsonpath={.status.observedGeneration}=$generation" --timeout=40m
  run kubectl wait rayservice/many-models --namespace "$namespace" --for=condition=UpgradeInProgress=false --timeout=40m
  run kubectl wait rayservice/many-models --namespace "$namespace" --for=condition=Ready --timeout=40m
}

model_registry() {
  if [[ ${given[MODEL_REGISTRY]} == azureml ]]; then
    printf 'azureml:/%s' "$workspace_id"
  else
    printf 'azblob://%s/%s' "$storage" "$container"
  fi
}

# kustomization REDIS-HOST CLIENT-ID: what deploy/ does not know.
kustomization() {
  local address
  address=$1:$(redis_port)
  cat <<YAML
# Written by iac/azure.sh.
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [../../../../deploy]
YAML
  [[ ${given[SIZE]} == default ]] || printf 'components: [../../../../deploy/sizes/%s]\n' "${given[SIZE]}"
  cat <<YAML
namespace: $namespace
images:
  - {name: many-models, newName: "${image%:*}", newTag: "${image##*:}"}
configMapGenerator:
  - name: many-models-settings
    behavior: merge
    literals:
      - MANY_MODELS_REGISTRY=$(model_registry)
      - MANY_MODELS_WARM=rediss://$address/0?ttl_h=72
      - MANY_MODELS_STATE=rediss://$address/0
YAML
  [[ -z ${given[AUTOSCALE]} ]] || printf '      - MANY_MODELS_AUTOSCALE=%s\n' "${given[AUTOSCALE]}"
  cat <<YAML
patches:
  - target: {kind: RayService}
    patch: |
      - op: replace
        path: /spec/rayClusterConfig/gcsFaultToleranceOptions/redisAddress
        value: rediss://$address
  - target: {kind: ServiceAccount}
    patch: |
      - op: add
        path: /metadata/annotations
        value: {azure.workload.identity/client-id: "$2"}
YAML
  # The policy of deploy/ lets nothing out to another port than 443, 6443 and 6380.
  [[ ${given[REDIS_SERVICE]} == cache ]] || cat <<'YAML'
  - target: {kind: NetworkPolicy, name: many-models}
    patch: |
      - op: add
        path: /spec/egress/2/ports/-
        value: {protocol: TCP, port: 10000}
YAML
}

tell() {
  say ""
  say "# To use it:"
  say "#   export KUBECONFIG=$KUBECONFIG"
  say "#   kubectl describe rayservices many-models --namespace $namespace"
  say "#   kubectl port-forward --namespace $namespace service/many-models-serve 8000:8000"
  say "#   export MANY_MODELS_REGISTRY=$(model_registry)   # for: ./many-models models"
}

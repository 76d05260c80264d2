# shellcheck shell=bash
# Redis, with TLS only. Sourced by azure.sh.

# az has Azure Managed Redis in an extension only; as a resource it needs none.
managed_api=2025-07-01

make_redis() {
  step "Redis"
  if [[ ${given[REDIS_SERVICE]} == managed ]]; then make_managed_redis; else make_redis_cache; fi
}

managed_id() {
  printf '%s/providers/Microsoft.Cache/redisEnterprise/%s' "$group_id" "$redis"
}

make_managed_redis() {
  local id body
  id=$(managed_id)
  printf -v body '{"location":"%s","sku":{"name":"%s"},"properties":{"minimumTlsVersion":"1.2","highAvailability":"Enabled","publicNetworkAccess":"Enabled"}}' \
    "$location" "${given[REDIS_SKU]}"
  put_resource "$id" "$managed_api" "$body"
  # One shard, because our client speaks to no Redis cluster; only keys with a time to live are evicted, and those are artifacts.
  put_resource "$id/databases/default" "$managed_api" '{"properties":{"clientProtocol":"Encrypted","port":10000,"clusteringPolicy":"NoCluster","evictionPolicy":"VolatileLRU","accessKeysAuthentication":"Enabled","persistence":{"aofEnabled":true,"aofFrequency":"1s"}}}'
}

make_redis_cache() {
  local sku=${given[REDIS_SKU]}
  present az redis show "${in_group[@]}" --name "$redis" ||
    run az redis create "${in_group[@]}" --name "$redis" --location "$location" --sku "${sku%_*}" --vm-size "${sku#*_}" \
      --minimum-tls-version 1.2 --redis-version 6 --redis-configuration '{"maxmemory-policy":"volatile-lru"}' --output none
}

redis_port() {
  if [[ ${given[REDIS_SERVICE]} == managed ]]; then printf 10000; else printf 6380; fi
}

redis_host() {
  if [[ ${given[REDIS_SERVICE]} == managed ]]; then
    ask "Redis host" az resource show --ids "$(managed_id)" --api-version "$managed_api" --query properties.hostName --output tsv
  else
    ask "Redis host" az redis show "${in_group[@]}" --name "$redis" --query hostName --output tsv
  fi
}

# Never on a command line, in a file or on the screen.
redis_key() {
  if [[ ${given[REDIS_SERVICE]} == managed ]]; then
    # Not by `az resource invoke-action`, which answered nothing of what a stub of Azure had told it (azure-cli 2.91.0).
    ask "Redis key" az rest --method post --url "$(managed_id)/databases/default/listKeys?api-version=$managed_api" \
      --query primaryKey --output tsv
  else
    ask "Redis key" az redis list-keys "${in_group[@]}" --name "$redis" --query primaryKey --output tsv
  fi
}

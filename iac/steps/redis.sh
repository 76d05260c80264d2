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

managed_resource() {
  present az resource show --ids "$1" --api-version "$managed_api" ||
    run az resource create --id "$1" --api-version "$managed_api" --is-full-object --properties "$2" --output none
}

make_managed_redis() {
  local id body
  id=$(managed_id)
  printf -v body '{"location":"%s","sku":{"name":"%s"},"properties":{"minimumTlsVersion":"1.2","highAvailability":"Enabled","publicNetworkAccess":"Enabled"}}' \
    "$location" "${given[REDIS_SKU]}"
  managed_resource "$id" "$body"
  # One shard, because our client speaks to no Redis cluster; only keys with a time to live are evicted, and those are artifacts.
  managed_resource "$id/databases/default" '{"properties":{"clientProtocol":"Encrypted","port":10000,"clusteringPolicy":"NoCluster","evictionPolicy":"VolatileLRU","accessKeysAuthentication":"Enabled","persistence":{"aofEnabled":true,"aofFrequency":"1s"}}}'
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
    ask "Redis key" az resource invoke-action --ids "$(managed_id)/databases/default" --api-version "$managed_api" \
      --action listKeys --query primaryKey --output tsv
  else
    ask "Redis key" az redis list-keys "${in_group[@]}" --name "$redis" --query primaryKey --output tsv
  fi
}

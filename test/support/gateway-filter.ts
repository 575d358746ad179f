/** An EnvoyFilter of the mesh's owners that puts an HTTP filter, in YAML of one line, before the router of gateways. */
export function gatewayFilter(
  name: string,
  { value, labels = {}, gateway }: { value: string; labels?: Record<string, string>; gateway?: string },
): string {
  return `
apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata:
  name: ${name}
  namespace: istio-config
  labels: ${JSON.stringify(labels)}
  annotations: { acme.example/owner: mesh-admins }
spec:${gateway === undefined ? '' : `\n  workloadSelector: { labels: { istio: ${gateway} } }`}
  configPatches:
    - applyTo: HTTP_FILTER
      match:
        context: GATEWAY
        proxy: { proxyVersion: '^1\\.31.*' }
        listener:
          filterChain:
            filter: { name: envoy.filters.network.http_connection_manager, subFilter: { name: envoy.filters.http.router } }
      patch: { operation: INSERT_BEFORE, value: ${value} }
`;
}

/** A filter that runs Lua. */
export function luaFilter(code: string): string {
  return filter('lua', 'lua.v3.Lua', `default_source_code: { inline_string: ${JSON.stringify(code)} }`);
}

/** A filter that delays or refuses requests, as its YAML says. */
export function faultFilter(what: string): string {
  return filter('fault', 'fault.v3.HTTPFault', what);
}

function filter(name: string, type: string, config: string): string {
  return `{ name: acme.${name}, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.${type}, ${config} } }`;
}

# Unleash, on the server of the system postgresql, with the flag new-checkout on in production,
# and a service that asks for it.

modules() { echo "$tools/npm/node_modules"; }

present() {
  needs node curl jq psql python3 setsid || return 1
  [ -d "$(modules)/unleash-server" ] || { echo "unleash-server is not in $tools/npm"; return 1; }
}

install() {
  command -v npm >/dev/null || packages nodejs npm
  packages curl jq postgresql-client python3
  mkdir -p "$tools/npm"
  (cd "$tools/npm" && npm install --silent --no-fund --no-audit unleash-server@6)
}

up() {
  local url
  url=http://127.0.0.1:$(port 18)
  psql -qX "$(fact_of postgresql PG_ADMIN)" -v ON_ERROR_STOP=1 <<'SQL'
select 'create role unleash login superuser' where not exists (select from pg_roles where rolname = 'unleash') \gexec
select 'create database unleash owner unleash' where not exists (select from pg_database where datname = 'unleash') \gexec
SQL
  INIT_ADMIN_API_TOKENS='*:*.lab-admin' INIT_CLIENT_API_TOKENS='*:production.lab-client' SEND_TELEMETRY=false CHECK_VERSION=false \
    background unleash node "$lab_source/unleash.js" "$(modules)" "$(port 18)" "$(fact_of postgresql PG_PORT)"
  within 60 answers "$url/health"
  if ! answers_admin "$url/api/admin/projects/default/features/new-checkout"; then
    admin "$url/api/admin/projects/default/features" '{"name":"new-checkout","type":"release"}'
    admin "$url/api/admin/projects/default/features/new-checkout/environments/production/strategies" \
      '{"name":"flexibleRollout","parameters":{"rollout":"100","stickiness":"default","groupId":"new-checkout"}}'
    admin "$url/api/admin/projects/default/features/new-checkout/environments/production/on" '{}'
  fi
  UNLEASH_CLIENT_TOKEN='*:production.lab-client' background app python3 "$lab_source/flagged.py" "$(port 17)" "$url" new-checkout
  within 15 knows_the_flag
  fact FLAG_PORT "$(port 17)"
  fact UNLEASH "$url"
  fact UNLEASH_ADMIN_TOKEN '*:*.lab-admin'
  fact UNLEASH_CLIENT_TOKEN '*:production.lab-client'
  fact DEAD "http://127.0.0.1:$(port 19)"
}

# The service has been told that the flag is on.
knows_the_flag() { curl -fsSi --max-time 2 "http://127.0.0.1:$(port 17)/healthz" | grep -qi '^x-version: with[[:space:]]*$'; }

admin() { curl -fsS -o /dev/null -H 'Authorization: *:*.lab-admin' -H 'Content-Type: application/json' -d "$2" "$1"; }
answers_admin() { curl -fsS -o /dev/null -H 'Authorization: *:*.lab-admin' "$1" 2>/dev/null; }

down() {
  stop app
  stop unleash
}

# Prometheus, which scrapes what the other systems that are up tell. PROMETHEUS_RULES is a file of rules, as text.

present() { needs prometheus curl setsid; }
install() { packages prometheus curl; }

up() {
  local targets=
  for name in STABLE CANARY BLUE GREEN; do
    for facts in "$RBCONSOLE_LAB_DIR"/*/facts; do
      number=$(sed -n "s/^$name=//p" "$facts")
      [ -z "$number" ] || targets="$targets${targets:+, }'127.0.0.1:$number'"
    done
  done
  printf '%s\n' "${PROMETHEUS_RULES:-groups: []}" >"$home/rules.yml"
  cat >"$home/prometheus.yml" <<CONF
global: { scrape_interval: 500ms, evaluation_interval: 1s }
rule_files: [ rules.yml ]
scrape_configs:
  - job_name: app
    static_configs: [ { targets: [ $targets ] } ]
CONF
  background prometheus prometheus --config.file="$home/prometheus.yml" --storage.tsdb.path="$home/data" \
    --web.listen-address="127.0.0.1:$(port 8)" --storage.tsdb.retention.time=1h
  # It takes five seconds to look at its targets for the first time.
  within 15 scrapes
  fact PROMETHEUS "http://127.0.0.1:$(port 8)"
}

scrapes() { curl -fsS "http://127.0.0.1:$(port 8)/api/v1/targets" | grep -q '"health":"up"'; }

down() { stop prometheus; }

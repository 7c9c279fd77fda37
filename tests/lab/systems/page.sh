# What judges a page: axe-core (accessibility) and mermaid (charts), from npm. Both are
# scripts that the tests of the report have a headless browser run; nothing is started.

present() {
  local script
  for script in axe-core/axe.min.js mermaid/dist/mermaid.min.js; do
    [ -s "$tools/page/node_modules/$script" ] || { echo "$script is not in $tools/page"; return 1; }
  done
}

install() {
  command -v npm >/dev/null || packages nodejs npm
  mkdir -p "$tools/page"
  (cd "$tools/page" && npm install --silent --no-fund --no-audit --ignore-scripts axe-core@4 mermaid@11)
}

# Where the scripts lie, for `lab of page scripts`.
scripts() { echo "$tools/page/node_modules"; }

up() { :; }

down() { :; }

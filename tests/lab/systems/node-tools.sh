# Prisma and dbmate from npm. The projects are those of the system migrations.

present() {
  needs node || return 1
  [ -x "$tools/npm/node_modules/.bin/prisma" ] || { echo "prisma and dbmate are not in $tools/npm"; return 1; }
}

install() {
  command -v npm >/dev/null || packages nodejs npm
  mkdir -p "$tools/npm"
  (cd "$tools/npm" && npm install --silent --no-fund --no-audit dbmate prisma@6 @prisma/client@6 @prisma/adapter-pg@6 pg)
}

up() {
  ln -sfn "$tools/npm/node_modules" "$(fact_of migrations PROJECTS)/prisma/node_modules"
  fact NODE_BIN "$tools/npm/node_modules/.bin"
  fact DATABASE_URL "postgres://shop@127.0.0.1:$(fact_of postgresql PG_PORT)/shop?sslmode=disable"
}

down() { :; }

# A PostgreSQL server that archives its log, with the database `shop` and its owner `shop`.

# Debian keeps the server's programs off the PATH.
pg_bin() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1; }

present() {
  [ -n "$(pg_bin)" ] || { echo "there is no PostgreSQL server under /usr/lib/postgresql"; return 1; }
  needs psql pg_dump setpriv
}
install() { packages postgresql-15 util-linux; }

up() {
  local data=$home/data number
  number=$(port 10)
  # The server is run by `postgres` where root starts the lab.
  chmod 711 "$RBCONSOLE_LAB_DIR" "$home"
  mkdir -p "$data" "$home/archive" "$home/base"
  if [ "$(id -u)" = 0 ]; then chown postgres "$data" "$home/archive" "$home/base"; fi
  chmod 700 "$data"
  if [ ! -s "$data/PG_VERSION" ]; then
    as_database_user "$(pg_bin)/initdb" -D "$data" -U postgres -A trust --no-sync -E UTF8 --no-locale >"$home/initdb.log"
    cat >>"$data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
port = $number
unix_socket_directories = ''
wal_level = replica
archive_mode = on
archive_command = 'test ! -f $home/archive/%f && cp %p $home/archive/%f'
fsync = off
shared_buffers = 32MB
max_connections = 60
CONF
  fi
  as_database_user "$(pg_bin)/pg_ctl" -D "$data" status >/dev/null ||
    as_database_user "$(pg_bin)/pg_ctl" -D "$data" -w -s -l "$data/server.log" start
  psql -qX -h 127.0.0.1 -p "$number" -U postgres -d postgres -v ON_ERROR_STOP=1 <<'SQL'
select 'create role shop login' where not exists (select from pg_roles where rolname = 'shop') \gexec
select 'create database shop owner shop' where not exists (select from pg_database where datname = 'shop') \gexec
SQL
  fact PG_PORT "$number"
  fact PG_DATA "$data"
  fact PG_HOME "$home"
  fact PG_BIN "$(pg_bin)"
  fact PG_SPARE_PORT "$(port 11)"
  fact PG_ADMIN "postgresql://postgres@127.0.0.1:$number/postgres"
  fact PG_SHOP "postgresql://shop@127.0.0.1:$number/shop"
}

down() {
  local folder
  # What a runbook restored beside it belongs to it.
  for folder in "$home"/*/PG_VERSION; do
    [ -e "$folder" ] || continue
    folder=${folder%/PG_VERSION}
    if as_database_user "$(pg_bin)/pg_ctl" -D "$folder" status >/dev/null; then
      as_database_user "$(pg_bin)/pg_ctl" -D "$folder" -m immediate -s stop
    fi
  done
}

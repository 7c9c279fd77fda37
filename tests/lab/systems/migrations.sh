# The migration tools of Python and Perl, and Rails' and npm's where they are installed, each with a small project of
# orders whose second migration renames a column. The database is that of the system postgresql.

present() {
  [ -x "$tools/venv/bin/alembic" ] || { echo "there is no Python environment with Django and Alembic in $tools/venv"; return 1; }
  needs sqitch psql
}

install() {
  packages sqitch libdbd-pg-perl postgresql-client python3-venv
  [ -x "$tools/venv/bin/python" ] || python3 -m venv "$tools/venv"
  "$tools/venv/bin/pip" -q install 'django<5.3' alembic 'sqlalchemy<2.2' 'psycopg[binary]'
}

up() {
  local number
  number=$(fact_of postgresql PG_PORT)
  [ -d "$home/projects" ] || cp -r "$lab_source/projects" "$home/projects"
  printf '[engine "pg"]\n\ttarget = db:pg://shop@127.0.0.1:%s/shop\n' "$number" >>"$home/projects/sqitch/sqitch.conf"
  fact PROJECTS "$home/projects"
  fact VENV "$tools/venv/bin"
  # Written into the copies of this story, not into the sources.
  fact PYTHONDONTWRITEBYTECODE 1
}

down() { :; }

# Rails' migrations. The project is that of the system migrations.

present() {
  needs ruby rake || return 1
  ruby -e 'require "rails"; require "active_record"; require "pg"' 2>/dev/null ||
    { echo "Rails, Active Record or pg is not installed"; return 1; }
}

install() { packages ruby ruby-activerecord ruby-railties ruby-pg rake; }
up() { fact RAILS_ENV production; }
down() { :; }

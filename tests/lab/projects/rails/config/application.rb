require "rails"
require "active_record/railtie"

class Shop < Rails::Application
  config.root = File.expand_path("..", __dir__)
  config.load_defaults 6.1
  config.eager_load = false
  config.secret_key_base = "lab"
  config.active_record.dump_schema_after_migration = false
  config.logger = Logger.new(nil)
end

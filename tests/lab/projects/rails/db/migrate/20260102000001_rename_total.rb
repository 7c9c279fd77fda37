class RenameTotal < ActiveRecord::Migration[6.1]
  def change
    rename_column :orders, :total, :amount
  end
end

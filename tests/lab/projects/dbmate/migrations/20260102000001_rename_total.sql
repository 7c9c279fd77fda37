-- migrate:up
alter table orders rename total to amount;

-- migrate:down
alter table orders rename amount to total;

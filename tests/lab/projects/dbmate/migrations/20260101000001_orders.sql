-- migrate:up
create table orders (id int primary key, total int not null);

-- migrate:down
drop table orders;

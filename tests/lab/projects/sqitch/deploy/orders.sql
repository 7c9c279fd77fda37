begin; create table orders (id int primary key, total int not null); commit;

begin; alter table orders rename amount to total; commit;

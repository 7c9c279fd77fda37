begin; drop table orders; commit;

begin; alter table orders rename total to amount; commit;

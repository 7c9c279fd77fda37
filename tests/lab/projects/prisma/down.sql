alter table "orders" rename column "amount" to "total";

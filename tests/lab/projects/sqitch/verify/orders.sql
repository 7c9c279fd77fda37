select id from orders where false;

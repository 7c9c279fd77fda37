select amount from orders where false;

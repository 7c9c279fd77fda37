# The docker-compose of the packages; the plugin of the docker command is not among them.

present() { needs docker-compose; }
install() { packages docker-compose; }
up() { fact COMPOSE docker-compose; }
down() { :; }

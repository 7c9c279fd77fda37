# nginx before a blue and a green service; an included file says which of them is live.

present() { needs nginx curl python3 setsid; }
install() { packages nginx-light curl python3; }

up() {
  local front blue green
  front=$(port 0) blue=$(port 1) green=$(port 2)
  mkdir -p "$home/tmp"
  # nginx's workers are another user's where root started it.
  chmod 711 "$RBCONSOLE_LAB_DIR" "$home"
  background blue python3 "$lab_source/app.py" "$blue" v1 0
  background green python3 "$lab_source/app.py" "$green" v2 0.3
  echo 'set $live blue;' >"$home/blue.conf"
  echo 'set $live green;' >"$home/green.conf"
  [ -e "$home/live.conf" ] || cp "$home/green.conf" "$home/live.conf"
  cat >"$home/nginx.conf" <<CONF
worker_processes 2;
pid $home/nginx.pid;
error_log $home/error.log;
events { worker_connections 256; }
http {
  access_log $home/access.log combined;
  client_body_temp_path $home/tmp/body;
  proxy_temp_path $home/tmp/proxy;
  fastcgi_temp_path $home/tmp/fastcgi;
  uwsgi_temp_path $home/tmp/uwsgi;
  scgi_temp_path $home/tmp/scgi;
  upstream blue { server 127.0.0.1:$blue; }
  upstream green { server 127.0.0.1:$green; }
  server {
    listen 127.0.0.1:$front;
    include $home/live.conf;
    location / { proxy_pass http://\$live; }
  }
}
CONF
  within 5 answers "http://127.0.0.1:$blue/healthz"
  within 5 answers "http://127.0.0.1:$green/healthz"
  running nginx || nginx -c "$home/nginx.conf"
  within 5 answers "http://127.0.0.1:$front/healthz"
  fact FRONT "$front"
  fact BLUE "$blue"
  fact GREEN "$green"
  fact NGINX "$home"
}

down() {
  stop nginx QUIT
  stop blue
  stop green
}

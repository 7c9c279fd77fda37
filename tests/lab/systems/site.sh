# nginx that serves a site through the link `current`: what it includes from there is read at a reload.
# The last of three releases fails a third of its requests.

present() { needs nginx curl python3 setsid; }
install() { packages nginx-light curl python3; }

up() {
  local front
  front=$(port 20)
  mkdir -p "$home/tmp"
  chmod 711 "$RBCONSOLE_LAB_DIR" "$home"
  background good python3 "$lab_source/app.py" "$(port 21)" v1 0
  background bad python3 "$lab_source/app.py" "$(port 22)" v2 0.3
  release 20251201-0900 "$(port 21)"
  release 20260101-0900 "$(port 21)"
  release 20260102-0900 "$(port 22)"
  [ -L "$home/current" ] || ln -s releases/20260102-0900 "$home/current"
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
  server {
    listen 127.0.0.1:$front;
    include $home/current/site.conf;
  }
}
CONF
  within 5 answers "http://127.0.0.1:$(port 21)/healthz"
  within 5 answers "http://127.0.0.1:$(port 22)/healthz"
  running nginx || nginx -c "$home/nginx.conf"
  within 5 answers "http://127.0.0.1:$front/healthz"
  fact SITE "$home"
  fact SITE_PORT "$front"
}

release() { # NAME PORT
  mkdir -p "$home/releases/$1/db/migrate"
  echo "location / { proxy_pass http://127.0.0.1:$2; }" >"$home/releases/$1/site.conf"
}

down() {
  stop nginx QUIT
  stop good
  stop bad
}

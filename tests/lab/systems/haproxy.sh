# HAProxy with a stable server and a canary behind it, and its admin socket.
# HAPROXY_LEVEL is what the socket may do.

present() { needs haproxy socat curl python3 setsid; }
install() { packages haproxy socat curl python3; }

config() { # WEIGHT OF THE CANARY
  cat <<CONF
global
  stats socket $home/admin.sock mode 600 level ${HAPROXY_LEVEL:-admin}
  maxconn 256
  nbthread 1
defaults
  mode http
  timeout connect 2s
  timeout client 10s
  timeout server 10s
frontend front
  bind 127.0.0.1:$(port 3)
  default_backend app
backend app
  balance roundrobin
  server stable 127.0.0.1:$(port 4) weight 90 check inter 500ms
  server canary 127.0.0.1:$(port 5) weight $1 check inter 500ms
CONF
}

up() {
  background stable python3 "$lab_source/app.py" "$(port 4)" v1 0
  background canary python3 "$lab_source/app.py" "$(port 5)" v2 0.5
  config 10 >"$home/haproxy.cfg"
  config 0 >"$home/without-canary.cfg"
  within 5 answers "http://127.0.0.1:$(port 4)/healthz"
  within 5 answers "http://127.0.0.1:$(port 5)/healthz"
  running haproxy || haproxy -W -D -p "$home/haproxy.pid" -f "$home/haproxy.cfg"
  within 5 answers "http://127.0.0.1:$(port 3)/healthz"
  fact FRONT "$(port 3)"
  fact STABLE "$(port 4)"
  fact CANARY "$(port 5)"
  fact HAPROXY "$home"
}

down() {
  stop haproxy
  stop stable
  stop canary
}

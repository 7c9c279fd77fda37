# A Docker engine in a network of its own; what is published on its port 8080 is reached through $DOCKER_FRONT.
# Images: shop:1 answers well, shop:2 with errors, shop:0 is an older good one.

docker_net=rbconsole-lab-$RBCONSOLE_LAB_PORT

present() {
  needs dockerd docker socat ip nsenter curl tar setsid || return
  [ "$(id -u)" = 0 ] || { echo "only root may start an engine"; return 1; }
  [ -x /bin/busybox ] || { echo "there is no static /bin/busybox"; return 1; }
}

install() { packages docker.io busybox-static iproute2 iptables socat curl util-linux; }

within_net() { nsenter --net="/run/netns/$docker_net" "$@"; }

images() {
  local root=$home/image tag status tool
  mkdir -p "$root/bin" "$root/tmp" "$root/etc"
  cp /bin/busybox "$root/bin/"
  for tool in sh nc printf; do ln -sf busybox "$root/bin/$tool"; done
  for tag in 0 1 2; do
    if docker image inspect "shop:$tag" >/dev/null 2>&1; then continue; fi
    status=200
    if [ "$tag" = 2 ]; then status=500; fi
    cat >"$root/bin/answer" <<ANSWER
#!/bin/sh
read -r line
printf 'HTTP/1.1 $status it\r\nX-Version: $tag\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'
ANSWER
    chmod 755 "$root/bin/answer"
    tar -C "$root" -c . | docker import -c 'CMD ["/bin/nc","-ll","-p","8080","-e","/bin/answer"]' - "shop:$tag" >/dev/null
  done
}

up() {
  export DOCKER_HOST=unix://$home/api.sock
  if [ ! -e "/run/netns/$docker_net" ]; then
    ip netns add "$docker_net"
    ip -n "$docker_net" link set lo up
    # A Swarm wants an address that is not loopback.
    ip -n "$docker_net" link add lab0 type dummy 2>/dev/null || ip -n "$docker_net" link add lab0 type bridge
    ip -n "$docker_net" addr add 10.77.0.1/24 dev lab0
    ip -n "$docker_net" link set lab0 up
  fi
  background engine nsenter --net="/run/netns/$docker_net" dockerd --data-root "$home/data" --exec-root "$home/exec" \
    -p "$home/dockerd.pid" -H "$DOCKER_HOST" --storage-driver vfs --label rollback-drills=allowed
  within 20 docker info
  images
  background inside nsenter --net="/run/netns/$docker_net" \
    socat "UNIX-LISTEN:$home/front.sock,fork" TCP:127.0.0.1:8080
  background outside socat "TCP-LISTEN:$(port 2),bind=127.0.0.1,fork,reuseaddr" "UNIX-CONNECT:$home/front.sock"
  fact DOCKER_HOST "$DOCKER_HOST"
  fact DOCKER_FRONT "$(port 2)"
}

down() {
  export DOCKER_HOST=unix://$home/api.sock
  stop outside
  stop inside
  if running engine; then
    timeout 10 docker swarm leave --force >/dev/null 2>&1 || true
    timeout 20 docker ps -aq | xargs -r timeout 20 docker rm --force >/dev/null 2>&1 || true
    stop engine
  fi
  # What the engine leaves mounted when it is ended in the middle of something.
  awk -v home="$home/" 'index($2, home) == 1 { print $2 }' /proc/self/mounts | sort -r | xargs -r -n 1 umount -l
  if [ -e "/run/netns/$docker_net" ]; then ip netns del "$docker_net"; fi
}

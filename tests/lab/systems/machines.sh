# Two Debian machines with systemd as their first process and sshd: web1 and web2, one root for both with a layer each.
# They share the network of this machine, on the addresses 127.0.0.21 and .22. A package `shop` of two versions is in
# their repository, 1.4.2 is installed and fails; 1.4.1 is good.

machines_root=$tools/machines

present() {
  needs systemd-nspawn ssh ssh-keygen dpkg-deb dpkg-scanpackages python3 curl setsid nsenter || return
  [ "$(id -u)" = 0 ] || { echo "only root may start machines"; return 1; }
  [ -e "$machines_root/complete" ] || { echo "no machine was made for the lab"; return 1; }
}

install() {
  packages debootstrap systemd-container openssh-client dpkg-dev python3-minimal curl util-linux
  [ ! -e "$machines_root/complete" ] || return 0
  rm -rf -- "$machines_root"
  mkdir -p "$machines_root"
  debootstrap --variant=minbase \
    --include=systemd,systemd-sysv,dbus,openssh-server,python3-minimal,libpython3-stdlib,curl,apt-utils \
    bookworm "$machines_root/root" >"$machines_root/log" 2>&1
  chroot "$machines_root/root" systemctl mask console-getty systemd-logind apt-daily.timer apt-daily-upgrade.timer \
    dpkg-db-backup.timer 2>/dev/null
  chroot "$machines_root/root" systemctl enable ssh 2>/dev/null
  rm -f "$machines_root/root"/etc/ssh/ssh_host* "$machines_root/root"/etc/apt/sources.list.d/*
  echo 'deb [trusted=yes] file:/srv/repo ./' >"$machines_root/root/etc/apt/sources.list"
  touch "$machines_root/complete"
}

# A package of the lab's service: package VERSION FAILS
package() {
  local folder=$home/package-$1
  mkdir -p "$folder/DEBIAN" "$folder/opt/shop" "$folder/lib/systemd/system"
  printf 'Package: shop\nVersion: %s\nArchitecture: all\nMaintainer: lab <lab@example.invalid>\nDepends: python3-minimal\nDescription: the service\n' \
    "$1" >"$folder/DEBIAN/control"
  cat >"$folder/DEBIAN/postinst" <<'POST'
#!/bin/sh
set -e
if [ -d /run/systemd/system ]; then systemctl daemon-reload; systemctl enable -q shop; systemctl restart shop; fi
POST
  chmod 755 "$folder/DEBIAN/postinst"
  sed "s|\"127.0.0.1\"|BIND|" "$lab_source/app.py" >"$folder/opt/shop/app.py"
  printf '#!/bin/sh\nexec /usr/bin/python3 -c "import os, sys; BIND = os.environ[\\"BIND\\"]; exec(open(\\"/opt/shop/app.py\\").read())" "$PORT" %s %s\n' \
    "$1" "$2" >"$folder/opt/shop/shop"
  chmod 755 "$folder/opt/shop/shop"
  cat >"$folder/lib/systemd/system/shop.service" <<'UNIT'
[Unit]
Description=The shop
StartLimitIntervalSec=0
[Service]
EnvironmentFile=/etc/default/shop
ExecStart=/opt/shop/shop
Restart=on-failure
[Install]
WantedBy=multi-user.target
UNIT
  dpkg-deb --build --root-owner-group "$folder" "$home/repo/shop_$1_all.deb" >/dev/null
}

on_machine() { ssh -F "$home/ssh_config" "$@"; }

up() {
  local n name address root port_of_shop port_of_ssh
  port_of_shop=$(port 10) port_of_ssh=$(port 11)
  mkdir -p "$home/repo"
  package 1.4.1 0
  package 1.4.2 0.4
  (cd "$home/repo" && dpkg-scanpackages -m . 2>/dev/null >Packages)
  [ -s "$home/id" ] || ssh-keygen -q -t ed25519 -N '' -f "$home/id"
  : >"$home/ssh_config"
  for n in 1 2; do
    name=web$n address=127.0.0.2$n root=$home/$name/root
    printf 'Host %s\n  HostName %s\n' "$name" "$address" >>"$home/ssh_config"
    if running "$name"; then continue; fi
    mkdir -p "$root" "$home/$name/upper" "$home/$name/work"
    # One layer each over the same root; where that cannot be mounted, a copy each.
    mount -t overlay overlay -o "lowerdir=$machines_root/root,upperdir=$home/$name/upper,workdir=$home/$name/work" "$root" 2>/dev/null ||
      cp -a "$machines_root/root/." "$root/"
    mkdir -p "$root/root/.ssh" "$root/srv" "$root/etc/ssh/sshd_config.d"
    cp -r "$home/repo" "$root/srv/repo"
    cp "$home/id.pub" "$root/root/.ssh/authorized_keys"
    chmod 700 "$root/root/.ssh"
    ssh-keygen -q -t ed25519 -N '' -f "$root/etc/ssh/ssh_host_ed25519_key"
    printf 'Port %s\nListenAddress %s\nUsePAM no\nPasswordAuthentication no\n' "$port_of_ssh" "$address" \
      >"$root/etc/ssh/sshd_config.d/lab.conf"
    echo "$name" >"$root/etc/hostname"
    : >"$root/etc/machine-id"
    printf '127.0.0.1 localhost\n%s here\n' "$address" >"$root/etc/hosts"
    printf 'PORT=%s\nBIND=%s\n' "$port_of_shop" "$address" >"$root/etc/default/shop"
    background "$name" env SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 systemd-nspawn -q -D "$root" -M "$name-$RBCONSOLE_LAB_PORT" \
      --register=no --keep-unit --resolv-conf=off --link-journal=no --timezone=off -b
  done
  cat >>"$home/ssh_config" <<CONFIG
Host *
  Port $port_of_ssh
  User root
  IdentityFile $home/id
  IdentitiesOnly yes
  StrictHostKeyChecking no
  UserKnownHostsFile /dev/null
  LogLevel ERROR
  BatchMode yes
CONFIG
  for n in 1 2; do
    within 30 on_machine "web$n" true
    on_machine "web$n" 'apt-get update -qq && apt-get install -y -qq shop=1.4.2' >/dev/null 2>&1 </dev/null
  done
  background front python3 "$lab_source/systems/machines/front.py" "$(port 12)" "127.0.0.21:$port_of_shop" "127.0.0.22:$port_of_shop"
  within 10 answers "http://127.0.0.1:$(port 12)/healthz"
  fact SSH_CONFIG_FILE "$home/ssh_config"
  fact MACHINES_FRONT "$(port 12)"
  fact MACHINES_HEALTH "http://here:$port_of_shop/healthz"
}

down() {
  local n pid child
  stop front
  for n in 1 2; do
    if running "web$n"; then
      pid=$(head -n 1 "$home/web$n.pid")
      child=$(ps -o pid= --ppid "$pid" | head -n 1)
      # To systemd this signal says: power off.
      if [ -n "$child" ]; then kill -RTMIN+4 "$child"; fi
    fi
  done
  for n in 1 2; do
    if running "web$n"; then within 10 gone "$(head -n 1 "$home/web$n.pid")" || true; fi
    stop "web$n" KILL
    if mountpoint -q "$home/web$n/root"; then umount "$home/web$n/root"; fi
  done
}

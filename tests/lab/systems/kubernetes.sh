# An API server of one process with its controllers, for the real kubectl. FRONT_OF names what serves the users:
# service/NAME or ingress/NAME.

# What the package brings lies in the tools' folder: its name may be taken on the machine by another program.
kubectl_folder=$tools/kubectl

present() {
  needs python3 curl setsid
  [ -x "$kubectl_folder/usr/bin/kubectl" ] || { echo "kubectl is not installed for the lab"; return 1; }
}

install() {
  packages curl python3-minimal
  [ ! -x "$kubectl_folder/usr/bin/kubectl" ] || return 0
  apt_updated
  mkdir -p "$kubectl_folder"
  (
    cd "$kubectl_folder"
    apt-get download -qq kubernetes-client 2>/dev/null
    dpkg -x kubernetes-client_*.deb .
    rm -f kubernetes-client_*.deb
  )
}

up() {
  local api front
  api=$(port 0) front=$(port 1)
  mkdir -p "$home/bin"
  ln -sf "$kubectl_folder/usr/bin/kubectl" "$home/bin/kubectl"
  cat >"$home/config" <<CONFIG
apiVersion: v1
kind: Config
clusters: [{ name: lab, cluster: { server: "http://127.0.0.1:$api" } }]
contexts: [{ name: lab, context: { cluster: lab, user: lab } }]
users: [{ name: lab, user: {} }]
current-context: lab
CONFIG
  background api env PYTHONDONTWRITEBYTECODE=1 python3 "$lab_source/systems/kubernetes/api.py" \
    "$api" "$front" "${FRONT_OF:-service/shop}"
  within 10 answers "http://127.0.0.1:$api/readyz"
  fact KUBECONFIG "$home/config"
  fact KUBE_FRONT "$front"
  fact PATH "$home/bin:$PATH"
}

down() { stop api; }

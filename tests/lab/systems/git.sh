# A service that runs from a Git tag, supervised by runit: a bare remote, a clone, and a folder for each deployed tag.
# v1 is good, v2 fails a third of its requests.

present() { needs git runsvdir sv curl python3 setsid; }
install() { packages git runit curl python3; }

up() {
  export GIT_CONFIG_GLOBAL=$home/gitconfig GIT_CONFIG_NOSYSTEM=1
  cat >"$home/gitconfig" <<'CONF'
[user]
	name = lab
	email = lab@example.invalid
[init]
	defaultBranch = main
[safe]
	directory = *
CONF
  if [ ! -d "$home/remote.git" ]; then
    git init -q --bare "$home/remote.git"
    git init -q "$home/checkout"
    cp "$lab_source/app.py" "$home/checkout/app.py"
    release v1 0
    release v2 0.3
    git clone -q "$home/remote.git" "$home/clone"
    mkdir -p "$home/releases" "$home/services/app/log"
    git -C "$home/clone" worktree add -q --detach "$home/releases/v2" v2
    ln -s "$home/releases/v2" "$home/current"
    # The folder is entered anew at each start, as the link leads then.
    printf '#!/bin/sh\nexec 2>&1\ncd %s/current/ && exec ./start %s\n' "$home" "$(port 15)" >"$home/services/app/run"
    printf '#!/bin/sh\nexec cat >>%s/app.log\n' "$home" >"$home/services/app/log/run"
    chmod +x "$home/services/app/run" "$home/services/app/log/run"
  fi
  background runsvdir runsvdir "$home/services"
  within 10 answers "http://127.0.0.1:$(port 15)/healthz"
  fact GIT_HOME "$home"
  fact GIT_CONFIG_GLOBAL "$home/gitconfig"
  fact GIT_CONFIG_NOSYSTEM 1
  fact GIT_PORT "$(port 15)"
}

# One more version on the branch, with its tag.
release() { # TAG FAILS
  printf '#!/bin/sh\nexec python3 app.py "$1" %s %s\n' "$1" "$2" >"$home/checkout/start"
  chmod +x "$home/checkout/start"
  git -C "$home/checkout" add -A
  git -C "$home/checkout" commit -q -m "Release $1"
  git -C "$home/checkout" tag -a "$1" -m "$1"
  git -C "$home/checkout" push -q "$home/remote.git" HEAD:main "$1"
}

# On HUP, runsvdir tells its services to end and ends; they take a moment more.
down() {
  running runsvdir || return 0
  sv force-stop "$home/services/app" >/dev/null || true
  stop runsvdir HUP
  within 5 nothing_left
}

nothing_left() {
  local file
  for file in /proc/[0-9]*/cmdline; do
    case $(tr '\0' ' ' <"$file" 2>/dev/null) in *"$home/"*) return 1 ;; esac
    case $(readlink "${file%cmdline}cwd" 2>/dev/null) in "$home/"*) return 1 ;; esac
  done
  return 0
}

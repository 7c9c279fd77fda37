# Terraform with its built-in provider, and a service whose version is what was applied last. Nothing is downloaded, so
# it is there or it is not.

present() { needs terraform git python3 curl setsid; }
install() { packages git python3-minimal curl; present; }

up() {
  : >"$home/terraformrc"
  background front python3 "$lab_source/systems/terraform/front.py" "$(port 13)" "$home/live"
  echo none >"$home/live"
  within 5 curl -s -o /dev/null "http://127.0.0.1:$(port 13)/"
  fact TF_CLI_CONFIG_FILE "$home/terraformrc"
  fact TERRAFORM_LIVE "$home/live"
  fact TERRAFORM_FRONT "$(port 13)"
}

down() { stop front; }

# A stand-in for AWS and the real aws command, the first line of it. FRONT_OF says what serves the users: listener, ecs,
# codedeploy or rds; FRONT_GOOD which of its names is a good one.

moto_venv=$tools/moto

present() {
  needs python3 curl setsid
  [ -x "$moto_venv/bin/aws" ] && [ -x "$moto_venv/bin/moto_server" ] || { echo "moto and the aws command are not installed for the lab"; return 1; }
}

install() {
  packages curl python3-venv
  if [ -x "$moto_venv/bin/aws" ] && [ -x "$moto_venv/bin/moto_server" ]; then return 0; fi
  mkdir -p "$tools"
  python3 -m venv "$moto_venv"
  "$moto_venv/bin/pip" install --quiet --disable-pip-version-check 'moto[server]>=5.1,<6' 'awscli>=1.40,<2'
}

up() {
  local api front
  api=$(port 3) front=$(port 4)
  background moto env PYTHONDONTWRITEBYTECODE=1 HOME="$home" AWS_ACCESS_KEY_ID=lab AWS_SECRET_ACCESS_KEY=lab \
    MOTO_EC2_LOAD_DEFAULT_AMIS=true "$moto_venv/bin/python" "$lab_source/systems/moto/server.py" \
    "$api" "$front" "${FRONT_OF:-listener}" "${FRONT_GOOD:-blue}"
  within 30 answers "http://127.0.0.1:$api/moto-api/"
  # The aws command does not look at this variable for RDS in us-east-1 and would call the real AWS: another region.
  fact AWS_ENDPOINT_URL "http://127.0.0.1:$api"
  fact AWS_ACCESS_KEY_ID lab
  fact AWS_SECRET_ACCESS_KEY lab
  fact AWS_DEFAULT_REGION eu-west-1
  fact AWS_EC2_METADATA_DISABLED true
  fact AWS_CONFIG_FILE "$home/config"
  fact AWS_SHARED_CREDENTIALS_FILE "$home/credentials"
  fact AWS_FRONT "$front"
  fact NO_PROXY 127.0.0.1
  fact PATH "$moto_venv/bin:$PATH"
}

down() { stop moto; }

// Unleash on the lab's PostgreSQL, with one token for its administration and one for applications.
// usage: node unleash.js NODE_MODULES PORT DATABASE_PORT
const [modules, port, database] = process.argv.slice(2)
const unleash = require(`${modules}/unleash-server`)

unleash
  .start({
    db: { host: '127.0.0.1', port: Number(database), user: 'unleash', password: '', database: 'unleash', ssl: false },
    server: { host: '127.0.0.1', port: Number(port), disableCompression: true },
    versionCheck: { enable: false },
    telemetry: false,
    frontendApi: { refreshIntervalInMs: 1000 },
    logLevel: 'error',
    authentication: { type: 'open-source' },
  })
  .catch((error) => {
    console.error(error)
    process.exit(1)
  })

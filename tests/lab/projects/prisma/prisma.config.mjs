// Prisma without its downloaded engine: the one in WebAssembly, over a driver.
// The driver's adapter does not know the types "char", name and char[]: they are told as text.
import pg from 'pg'
import Result from 'pg/lib/result.js'
import { PrismaPg } from '@prisma/adapter-pg'

const known = { 18: 25, 19: 25, 1003: 1009 }
const addFields = Result.prototype.addFields
Result.prototype.addFields = function (fields) {
  for (const field of fields) field.dataTypeID = known[field.dataTypeID] ?? field.dataTypeID
  return addFields.call(this, fields)
}

export default {
  experimental: { adapter: true },
  engine: 'js',
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  adapter: async () => new PrismaPg({ connectionString: process.env.DATABASE_URL }),
}
